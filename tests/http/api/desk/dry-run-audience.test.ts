import { describe, expect, test } from 'vitest'
import type { Alert, Kind } from '../../../../src/domain/alert-types.ts'
import { applyChange } from '../../../../src/domain/change.ts'
import type { Interest } from '../../../../src/domain/interest.ts'
import { dryRunResponse } from '../../../../src/http/api/desk/dry-run.ts'
import { alertOf, newsroom } from '../../../support/samples.ts'

const first = alertOf({
  texts: {
    en: { headline: 'Five killed', summary: '' },
    fa: { headline: 'پنج کشته', summary: '' },
    ru: { headline: 'Пятеро погибли', summary: '' },
  },
})
const devices: readonly (readonly [Interest['languages'], number])[] = [
  [['en'], 3],
  [['fa'], 5],
  ['*', 7],
  [['fa', 'en'], 11],
  [['ru', 'en'], 13],
  [['uk', 'en'], 17],
]
const pages = new Map([
  ['en', 2],
  ['fa', 4],
  ['*', 8],
])

/** An empty log: nothing went out lately. */
const nothingBefore = {
  log: { bounds: async () => ({ epoch: 'e', floor: 1, head: 0 }), after: async () => [], history: async () => [] },
  editors: { list: async () => [] },
  outbox: { delivery: async () => [] },
}

async function told(kind: Kind, alert: Alert, atLeast = false) {
  const counts = devices.map(([languages, count]) => ({
    interest: { audience: 'public', languages, topics: [], level: 'urgent' } as const,
    count,
  }))
  const answer = await dryRunResponse(
    {
      ...{ newsroom, now: () => 0, ...nothingBefore },
      sockets: async () => ({ byLanguage: pages, atLeast }),
      subscriptions: { count: async () => counts } as never,
    },
    { kind, alert, warnings: [], rule: newsroom.rules.levels.urgent },
  )
  return answer as { audience: object; socketsAtLeast: boolean }
}

function revised(kind: Exclude<Kind, 'alert'>, revision: object): Alert {
  const change = { kind, id: first.id, revision, at: '2026-03-01T13:00:00.000Z', by: 'e1' }
  return applyChange({ ...change, expirySeconds: newsroom.expirySeconds }, first)
}

describe('whom a dry run counts', () => {
  const everyone = {
    en: { push: 20, sockets: 2 },
    fa: { push: 16, sockets: 4 },
    ru: { push: 13, sockets: 0 },
    '*': { push: 7, sockets: 8 },
  }
  const nobody = { push: 0, sockets: 0 }

  test.each<[string, Kind, Alert, object]>([
    ['a new alert: everyone', 'alert', first, everyone],
    ['an update: everyone', 'update', revised('update', { level: 'flash' }), everyone],
    ['a retraction with one note: everyone', 'retraction', revised('retraction', { note: { en: 'No.' } }), everyone],
    [
      'a correction with a note in English: who hears it in English, and who takes any language',
      'correction',
      revised('correction', { note: { en: 'Four.' } }),
      { ...everyone, fa: nobody, ru: nobody },
    ],
    [
      'a correction with a note in one language and a text in another',
      'correction',
      revised('correction', { note: { fa: 'چهار.' }, texts: { ru: { headline: 'Четверо' } } }),
      { ...everyone, en: nobody },
    ],
    [
      'an update with a text in one language: who hears it in that language, and who takes any',
      'update',
      revised('update', { texts: { ru: { summary: 'Больше.' } } }),
      { ...everyone, en: nobody, fa: nobody },
    ],
    [
      'a correction in every language: everyone',
      'correction',
      revised('correction', { note: { en: 'Four.', fa: 'چهار.', ru: 'Четверо.' } }),
      everyone,
    ],
  ])('%s', async (_, kind, alert, audience) => {
    const named = Object.entries((await told(kind, alert)).audience)
    const wanted = Object.entries(audience).filter(([tag, it]) => tag !== '*' || it !== nobody)
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(wanted))
  })

  test.each([true, false])('that there may be more open pages (%s) is said', async (atLeast) => {
    expect((await told('alert', first, atLeast)).socketsAtLeast).toBe(atLeast)
  })
})
