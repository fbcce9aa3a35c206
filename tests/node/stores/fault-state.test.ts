import { expect, test } from 'vitest'
import { FaultState } from '../../../src/node/stores/fault-state.ts'
import type { StorageFaultKind } from '../../../src/store/storage-fault.ts'

function stateOf() {
  const lines: string[] = []
  const state = new FaultState({
    sentenceOf: (kind) => `it is ${kind}.`,
    recovered: 'It can be written again.',
    lasting: 'damaged',
    notify: (line) => lines.push(line),
  })
  return { state, lines }
}

test.each(['full', 'moving', 'unreachable'] as const)('after %s it can be written again, which is told', (kind) => {
  const { state, lines } = stateOf()
  state.heed(kind)
  state.heed(null)
  expect([state.fault, lines.at(-1)]).toEqual([null, 'It can be written again.'])
})

test.each(['moved', 'damaged'] as const)('%s stays, whatever is written after it', (kind) => {
  const { state, lines } = stateOf()
  const before: StorageFaultKind = 'moving'
  state.heed(before)
  state.heed(kind)
  state.heed(null)
  expect([state.fault, lines.length]).toEqual([kind, 2])
})
