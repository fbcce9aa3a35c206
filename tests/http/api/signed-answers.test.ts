import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Alert } from '../../../src/domain/alert-types.ts'
import { kindIn, renderWith } from '../../../src/domain/rendering/in-language.ts'
import { createApp } from '../../../src/http/app.ts'
import { pageAnswer } from '../../../src/http/openapi/response-schemas.ts'
import type { AlertLog } from '../../../src/log/log.ts'
import type { EntryProofs } from '../../../src/signing/entry-proof.ts'
import { memoryDeps } from '../../support/http/memory-deps.ts'
import { newAlert, newsroom, retraction, updateOf } from '../../support/samples.ts'
import { signing } from '../../support/signing/published-signing.ts'
import { verifyEntry, type WireEntry } from '../../support/signing/verify-entry.ts'
import { readXml } from '../../support/well-formed.ts'

const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: signing.signer.publicKey }, format: 'jwk' })
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** A service in which an alert was corrected in English only, and another one retracted. */
async function opened() {
  const deps = await memoryDeps(newsroom, 'https://alerts.example')
  const log = deps.reads.log as AlertLog
  await log.append(newAlert(id(1)), 'k1')
  await log.append(updateOf(id(1), 'A "better" headline & more <b>'), 'k2')
  await log.append(newAlert(id(2)), 'k3')
  await log.append(retraction(id(2)), 'k4')
  const app = createApp(deps)
  const get = async (path: string) => await (await app.request(path)).text()
  return { get, json: async <Body>(path: string) => JSON.parse(await get(path)) as Body }
}

test.each(['en', 'fa'])(
  'each entry of a plain read in %s is proven, also where its last change says nothing',
  async (tag) => {
    const { json } = await opened()
    for (const path of [`/v1/alerts?languages=${tag}`, `/v1/alerts?languages=${tag}&after=k3f9.0`]) {
      const page = pageAnswer.parse(await json(path))
      expect(page.entries.length).toBeGreaterThan(1)
      for (const entry of page.entries) expect(verifyEntry(entry as WireEntry, publicKey).language).toBe(tag)
    }
  },
)

test('a reader of all languages can check each of them, in a page and in the history of an alert', async () => {
  const { json } = await opened()
  type Whole = WireEntry & { readonly alert: Alert & { readonly proofs: EntryProofs } }
  const { entries } = await json<{ entries: Whole[] }>('/v1/alerts?languages=*&after=k3f9.0')
  const { history } = await json<{ history: Whole[] }>(`/v1/alerts/${id(1)}`)
  expect([entries.length, history.length]).toEqual([4, 2])
  for (const { alert: whole, ...entry } of [...entries, ...history]) {
    const { proofs, ...alert } = whole
    expect(Object.keys(proofs)).toEqual(['en', 'fa'])
    for (const [language, { dir, notice, ...proof }] of Object.entries(proofs)) {
      const kind = kindIn({ kind: entry.kind, alert } as Parameters<typeof kindIn>[0], language)
      const rendered = { ...renderWith(alert, language, { dir, notice }), proof }
      expect(verifyEntry({ ...entry, kind, alert: rendered }, publicKey).language).toBe(language)
    }
  }
})

test('the feeds carry each alert as it was signed, once', async () => {
  const { get, json } = await opened()
  const { items } = await json<{ items: { _tocsin: { about?: string; entry?: WireEntry } }[] }>('/feeds/fa.json')
  const ofJson = items.flatMap(({ _tocsin }) => (_tocsin.entry === undefined ? [] : [_tocsin.entry]))
  const ofAtom = readXml(await get('/feeds/fa.atom'))
    .filter(({ path }) => path === 'feed/entry/tocsin:signed')
    .map(({ text }) => JSON.parse(text) as WireEntry)
  expect(ofJson).toHaveLength(2)
  expect(ofAtom).toEqual(ofJson)
  for (const entry of ofJson) expect(verifyEntry(entry, publicKey).language).toBe('fa')
  expect(items.filter(({ _tocsin }) => _tocsin.about !== undefined && _tocsin.entry !== undefined)).toEqual([])
})

test.each(['en', 'fa'])('an alert’s page in %s carries its newest entry as it was signed', async (tag) => {
  const { get } = await opened()
  for (const number of [1, 2]) {
    const html = await get(`/${tag}/alerts/${id(number)}`)
    const [, data = ''] = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html) ?? []
    const entry = (JSON.parse(data) as { 'tocsin:entry': WireEntry })['tocsin:entry']
    expect(verifyEntry(entry, publicKey).language).toBe(tag)
    expect(entry.seq).toBe(number * 2)
  }
})

test('one letter that is changed on the way is noticed', async () => {
  const { json } = await opened()
  const { entries } = await json<{ entries: WireEntry[] }>('/v1/alerts?languages=en')
  const changed = JSON.parse(JSON.stringify(entries[0]).replace('headline":"A', 'headline":"B')) as WireEntry
  expect(changed).not.toEqual(entries[0])
  expect(() => verifyEntry(changed, publicKey)).toThrow('not genuine')
})
