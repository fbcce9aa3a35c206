import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from '../../../src/domain/change.ts'
import { renderWith } from '../../../src/domain/rendering/in-language.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { entryMessage } from '../../../src/protocol/messages.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { verifyAllTexts } from '../../../src/signing/verify/verify-all-texts.ts'
import type { ReceivedEntry } from '../../../src/signing/verify/verify-entries.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { runs } from '../../support/effort.ts'
import { newAlert, newsroom, retraction, updateOf } from '../../support/samples.ts'
import { signing } from '../../support/signing/published-signing.ts'

const id = '01932f6e-0000-7000-8000-000000000001'
const other = '01932f6e-0000-7000-8000-000000000002'
const minute = (nth: number) => new Date(Date.parse('2026-03-01T12:00:00.000Z') + nth * 60_000).toISOString()
const expirySeconds = { flash: 1_800, urgent: 3_600, routine: 7_200 }
const revised = (kind: 'update' | 'correction', revision: object, nth: number): Change =>
  ({ ...{ kind, id, revision, by: 'editor-1', expirySeconds }, at: minute(nth) }) as Change

/** Every way in which a change can stand in its languages. */
const changes: readonly (readonly [name: string, change: Change])[] = [
  ['a new alert', newAlert(id, {}, minute(0))],
  ['an update of one language', updateOf(id, 'Another headline', minute(1))],
  ['an update that adds a language', revised('update', { texts: { ru: { headline: 'Заголовок', summary: '' } } }, 2)],
  ['a correction with a note in one language', revised('correction', { note: { fa: 'نادرست بود.' } }, 3)],
  ['a correction of the level alone', revised('correction', { level: 'flash' }, 5)],
  ['an update after a correction', revised('update', { texts: { fa: { headline: 'تازه' } } }, 5)],
  [
    'an alert with a picture',
    newAlert(
      other,
      {
        texts: {
          en: {
            headline: 'Two',
            summary: 'S',
            url: 'https://a.example/',
            image: { url: 'https://a.example/i.png', alt: 'A' },
          },
        },
      },
      minute(6),
    ),
  ],
  ['a retraction with a note in one language', retraction(id, minute(7))],
]

/** The entries as `languages=*` brings them, with the verdict of each. */
async function opened() {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const log = new SqliteLog(openSqlite(':memory:'), 'k3f9')
  log.signing.begin({ signer: signing.signer, newsroom })
  for (const [name, change] of changes) await log.append(change, name)
  const entries = (await log.after(0, 100)).map((entry) => entryMessage(entry, '*', 'k3f9', newsroom))
  const verdict = async (entry: unknown) => verifyAllTexts(verifier, signing.keys, 'k3f9', entry as ReceivedEntry)
  return { verdict, entries: entries.map((it) => JSON.parse(JSON.stringify(it)) as typeof it) }
}

test('every kind of change is genuine, and given as its readers see it in each language', async () => {
  const { entries, verdict } = await opened()
  expect(entries.length).toBe(changes.length)
  for (const [at, entry] of entries.entries()) {
    const { proofs, ...sent } = entry.alert as typeof entry.alert & {
      proofs: Record<string, { dir: 'ltr'; notice?: string }>
    }
    const found = await verdict(entry)
    if (found.kind !== 'genuine' || !('texts' in sent)) throw new Error(`${changes[at]?.[0]}: ${found.kind}`)
    expect({ ...found.alert, texts: {}, note: 0 }).toEqual({ ...sent, texts: {}, note: 0 })
    expect(Object.keys(found.alert.texts)).toEqual(Object.keys(sent.texts))
    for (const [tag, inputs] of Object.entries(proofs))
      expect(renderWith(found.alert, tag, inputs)).toEqual(renderWith(sent, tag, inputs))
  }
  const retracted = await verdict(entries.at(-1))
  expect(retracted.kind === 'genuine' ? retracted.alert.texts.en : retracted).toEqual({
    headline: 'Another headline',
    summary: '',
  })
})

test('an entry of another number, epoch or key, without proofs or with those of a part, is not taken', async () => {
  const { entries, verdict } = await opened()
  const [first, , third] = entries
  if (first === undefined || third === undefined) throw new Error('too few')
  const { proofs, ...bare } = first.alert as typeof first.alert & { proofs: Record<string, object> }
  expect((await verdict({ ...first, alert: bare })).kind).toBe('unsigned')
  for (const wrong of [
    null,
    [],
    {},
    { en: proofs.en },
    { ...proofs, ru: proofs.en },
    { en: null, fa: 7 },
    { en: proofs.fa, fa: proofs.en },
  ])
    expect((await verdict({ ...first, alert: { ...bare, proofs: wrong } })).kind).toBe('forged')
  expect((await verdict({ ...first, seq: 2 })).kind).toBe('forged')
  expect((await verdict({ ...third, alert: first.alert })).kind).toBe('forged')
  const stranger = Object.fromEntries(Object.entries(proofs).map(([tag, it]) => [tag, { ...it, key: 'AAAAAAAAAAA' }]))
  expect((await verdict({ ...first, alert: { ...bare, proofs: stranger } })).kind).toBe('unknown-key')
  for (const wrong of [null, undefined, 7, 'x', [], { texts: {}, proofs: {} }, { texts: null, proofs }, { proofs }])
    expect((await verdict({ ...first, alert: wrong })).kind).not.toBe('genuine')
})

test('a new alert is not taken for a change of one: neither as added in its languages nor as untouched there', async () => {
  const { entries, verdict } = await opened()
  const [first, second] = entries
  if (first === undefined || second === undefined) throw new Error('too few')
  const standing = { status: 'live', changedAt: first.at }
  for (const kind of ['update', 'correction'] as const) {
    const status = { update: 'updated', correction: 'corrected' }[kind]
    for (const more of [{ addedLanguages: ['en', 'fa'] }, { untouched: { en: standing, fa: standing } }])
      expect((await verdict({ ...first, kind, alert: { ...first.alert, ...more, status } })).kind).toBe('forged')
  }
  const updated = { status: 'updated', changedAt: second.at }
  const { untouched } = second.alert as { untouched?: object }
  const relabelled = { ...second.alert, status: 'corrected', untouched: { ...untouched, en: updated } }
  expect((await verdict({ ...second, kind: 'correction', alert: relabelled })).kind).toBe('forged')
})

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Changes, removes or adds one thing anywhere in a value. */
function mutated(value: Json, random: () => number): Json {
  const places: (readonly [Json[] | { [name: string]: Json }, string])[] = []
  const walk = (it: Json) => {
    if (typeof it !== 'object' || it === null) return
    for (const [name, held] of Object.entries(it)) {
      places.push([it as { [name: string]: Json }, name])
      walk(held)
    }
  }
  const copy = structuredClone(value)
  walk(copy)
  const [holder, name] = places[Math.floor(random() * places.length)] ?? []
  if (holder === undefined || name === undefined) return copy
  const [other] = places[Math.floor(random() * places.length)] ?? [{}]
  const values: readonly Json[] = ['', 'x', 7, null, {}, [], 'update', 'corrected', structuredClone(other as Json)]
  const held = holder as { [name: string]: Json }
  const act = random()
  if (act < 0.25) delete held[name]
  else if (act < 0.4) held[`${name}x`] = structuredClone(held[name] ?? null)
  else held[name] = values[Math.floor(random() * values.length)] ?? null
  return copy
}

test('of mutated entries, what is taken says nothing else than what was signed', async () => {
  const { entries, verdict } = await opened()
  const genuine = await Promise.all(
    entries.map(async (entry) => ({ entry, told: JSON.stringify([entry.seq, entry.kind, await verdict(entry)]) })),
  )
  const count = { forged: 0, same: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.nat(entries.length - 1),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 12, maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      async (nth, numbers, times) => {
        const from = genuine[nth]
        if (from === undefined) throw new Error('no entry')
        let at = 0
        const random = () => numbers[at++ % numbers.length] ?? 0
        let entry = from.entry as unknown as Json
        for (let time = 0; time < times; time += 1) entry = mutated(entry, random)
        const found = await verdict(entry)
        if (found.kind !== 'genuine') {
          count.forged += 1
          return
        }
        const { seq, kind } = entry as { seq: Json; kind: Json }
        // A language that was taken away with its proof is not missed.
        const [, , whole] = JSON.parse(from.told) as [unknown, unknown, { alert: { texts: object } }]
        const isPart = Object.keys(found.alert.texts).length < Object.keys(whole.alert.texts).length
        if (isPart) expect(whole.alert.texts).toMatchObject(found.alert.texts)
        else expect(JSON.parse(JSON.stringify([seq, kind, found]))).toEqual(JSON.parse(from.told))
        count.same += 1
      },
    ),
    { numRuns: runs(2_000) },
  )
  expect(count.forged).toBeGreaterThan(count.same)
  expect(count.same).toBeGreaterThan(0)
}, 60_000)
