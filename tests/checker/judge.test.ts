import { expect, test } from 'vitest'
import { entryMessage, socketText } from '../../src/protocol/messages.ts'
import { entryOf, everything, newsroom } from '../support/samples.ts'
import { digestOf, Expected, type Heard, judge, judgeLog, type Session } from './judge.ts'

// The checker is worth what its judge notices: each broken promise, written by hand, must be named.

const entries = [entryOf(1), entryOf(2, { level: 'routine' }), entryOf(3), entryOf(4)]
const log = { epoch: 'e', entries, newsroom }
const interest = { ...everything, languages: ['en'], level: 'urgent' as const }

const welcome = (position: number, resume = 'live'): Heard => ({ type: 'welcome', position, resume })
const told = (seq: number, language = 'en'): Heard => {
  const entry = entries[seq - 1] ?? entryOf(seq)
  const digest = digestOf(socketText(entryMessage(entry, language, 'e', newsroom)))
  return { type: 'alert', position: seq, digest }
}
const live = (position: number): Heard => ({ type: 'live', position })
const reset = (position: number): Heard => ({ type: 'reset', position, reason: 'cursor-ahead' })
const session = (given: string | null, heard: readonly Heard[], honest = given !== null): Session => {
  return { given, honest, heard }
}
const verdict = (...sessions: readonly Session[]) =>
  judge({ name: 'reader', interest, sessions, until: 4 }, log, new Expected(log)).join('; ')

test.each([
  ['one connection', [session(null, [welcome(0), told(1), told(3), told(4)])]],
  [
    'a return',
    [session(null, [welcome(0), told(1)]), session('e.1', [welcome(1, 'replay'), told(3), told(4), live(4)])],
  ],
  [
    'a return that is torn',
    [
      session(null, [welcome(0), told(1)]),
      session('e.1', [welcome(1, 'replay')]),
      session('e.1', [welcome(1, 'replay'), told(3), told(4)]),
    ],
  ],
  [
    'an old cursor',
    [
      session(null, [welcome(0), told(1), told(3), told(4)]),
      session('e.2', [welcome(2, 'replay'), told(3), live(4)].toSpliced(2, 0, told(4)), false),
    ],
  ],
  [
    'a reset after a lie',
    [session(null, [welcome(0), told(1)]), session('e.99', [welcome(3, 'reset'), reset(3), told(4)], false)],
  ],
  [
    'a head that moves past what was not wanted',
    [
      session(null, [welcome(1), { type: 'head', position: 2 }]),
      session('e.2', [welcome(2, 'replay'), told(3), told(4)]),
    ],
  ],
])('%s without fault is let pass', (_, sessions) => {
  expect(verdict(...sessions)).toBe('')
})

test.each([
  ['left out', [session(null, [welcome(0), told(1), told(4)])], '3 was left out'],
  ['never brought to the end', [session(null, [welcome(0), told(1), told(3)])], 'never brought past 4'],
  [
    'lost between connections',
    [session(null, [welcome(0), told(1)]), session('e.1', [welcome(3), told(4)])],
    'live at 3',
  ],
  ['told twice', [session(null, [welcome(0), told(1), told(1), told(3), told(4)])], 'alert at 1 after 1'],
  ['out of order', [session(null, [welcome(0), told(3), told(1), told(4)])], 'alert at 1 after 3'],
  ['not asked for', [session(null, [welcome(0), told(1), told(2), told(3), told(4)])], '2 was not asked for'],
  ['not in the log', [session(null, [welcome(0), told(1), told(3), told(4), told(5)])], '5 is not in the log'],
  ['in another language', [session(null, [welcome(0), told(1, 'fa'), told(3), told(4)])], '1 is not as in the log'],
  [
    'reset for nothing',
    [session(null, [welcome(0), told(1)]), session('e.1', [welcome(3, 'reset'), reset(3), told(4)])],
    'was reset',
  ],
  ['a future cursor taken', [session('e.99', [welcome(99, 'replay')], false)], 'the future e.99 was taken'],
  [
    'a foreign cursor taken',
    [session('f.1', [welcome(1, 'replay'), told(3), told(4)], false)],
    'the foreign f.1 was taken',
  ],
])('an entry that is %s is noticed', (_, sessions, fault) => {
  expect(verdict(...sessions)).toContain(fault)
})

test.each([
  ['lost', [1, 2, 3, 4, 5], '5 was acknowledged and is not in the log'],
  ['never acknowledged', [1, 2, 3], 'entry 4 was never acknowledged'],
  ['acknowledged twice', [1, 2, 3, 4, 4], 'acknowledged twice'],
])('an alert that was %s is noticed', (_, seqs, fault) => {
  const acknowledged = seqs.map((seq) => ({ seq, id: `alert-${seq}`, version: 1 }))
  expect(judgeLog(acknowledged, log).join('; ')).toContain(fault)
  const faultless = entries.map(({ seq, alert: { id, version } }) => ({ seq, id, version }))
  expect(judgeLog(faultless, log)).toEqual([])
})
