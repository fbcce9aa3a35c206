import { expect, test } from 'vitest'
import { ExportState } from '../../../src/node/export/export-state.ts'
import { Alarms } from '../../../src/push/outbox/alarms.ts'

function watched() {
  const clock = { ms: Date.parse('2026-01-01T00:00:00.000Z') }
  const now = () => clock.ms
  const alarms = new Alarms(now)
  const lines: string[] = []
  const logger = { alert: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) }
  const state = new ExportState({ folder: '/srv/mirror', logger, alarms, now })
  return { clock, alarms, lines, state, details: () => alarms.list().map(({ kind, detail }) => `${kind}: ${detail}`) }
}

test('while an export fails there is one alarm, with the present reason and time; it ends with the next that succeeds', () => {
  const { clock, alarms, lines, state, details } = watched()
  state.told({ kind: 'failed', why: 'The disk is full.' })
  expect(details()).toEqual([
    'export: The export in /srv/mirror could not be written: The disk is full. It is tried again.',
  ])
  clock.ms += 60_000
  state.told({ kind: 'failed', why: 'The disk is full.' })
  expect(alarms.list().map(({ at }) => at)).toEqual(['2026-01-01T00:01:00.000Z'])
  state.told({ kind: 'waits' })
  state.told({ kind: 'failed', why: 'TypeError: none\n    at here' })
  expect(details()).toEqual([
    'export: The export in /srv/mirror could not be written: TypeError: none It is tried again.',
  ])
  expect([state.isOk, state.counts]).toEqual([false, { done: 0, failed: 3 }])
  state.told({ kind: 'done' })
  expect([state.isOk, details(), lines.length]).toEqual([true, [], 3])
  expect(lines.at(-1)).toBe('The export in /srv/mirror is up to date again.')
})

test('an export that hangs is an alarm after a quarter of an hour', () => {
  const { clock, state, details } = watched()
  state.told({ kind: 'done' })
  clock.ms += 15 * 60_000 - 1
  state.look()
  expect([state.isOk, details()]).toEqual([true, []])
  clock.ms += 1
  state.look()
  state.look()
  expect([state.isOk, details()]).toEqual([
    false,
    [expect.stringMatching(/^export: .* not been finished for 15 minutes/)],
  ])
  state.told({ kind: 'done' })
  expect([state.isOk, details()]).toEqual([true, []])
})
