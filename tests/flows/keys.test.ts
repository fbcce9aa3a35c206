import { afterAll, beforeAll } from 'vitest'
import { keysSuite } from '../support/keys-suite.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { type Running, startNode } from '../support/service.ts'

const undoing: (() => unknown)[] = []
const folder = scratchFolder((undo) => void undoing.push(undo))
cleaning()
let service: Running

beforeAll(async () => {
  service = await startNode(folder, { PROCESSES: '2' })
})
afterAll(async () => {
  await service.end('SIGKILL')
  for (const undo of undoing) undo()
})

keysSuite('two processes', () => service.url, 6)
