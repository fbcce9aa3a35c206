import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { needsInstalled, pathOf } from '../../interop/installed.ts'
import { manyLanguages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { hostileHeadline } from '../../support/hostile.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { readXml } from '../../support/well-formed.ts'

const schemas = join(import.meta.dirname, '../../support/schemas')
const clean = cleaning()

const isNinjs = (() => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  // Of the places in an item, of which we have none.
  ajv.addSchema({}, 'https://geojson.org/schema/GeoJSON.json')
  return ajv.compile(JSON.parse(readFileSync(join(schemas, 'ninjs-schema_3.1.json'), 'utf8')))
})()

const report = {
  level: 'urgent',
  topics: ['afghanistan', 'weather'],
  texts: {
    en: { headline: 'UN report', summary: 'Ties remain close.', url: 'https://news.example/un' },
    fa: { headline: 'گزارش سازمان ملل' },
  },
}

type Deps = ReturnType<typeof pagesDeps>
const ninjs = async (deps: Deps, id: string, query = '') =>
  JSON.parse(await (await deps.get(`/v1/alerts/${id}.ninjs.json${query}`)).text())
const cap = async (deps: Deps, id: string) => (await deps.get(`/v1/alerts/${id}.cap.xml`)).text()
const valuesOf = (message: string, path: string) =>
  readXml(message)
    .filter((it) => it.path === path)
    .map(({ text }) => text)

describe('an alert as a news item', () => {
  it('has its urgency, version, topics, story and translations', async () => {
    const deps = pagesDeps()
    const item = await ninjs(deps, deps.publish(report))
    expect(item).toMatchObject({
      standard: { name: 'ninjs', version: '3.1' },
      ...{ uri: expect.stringContaining('https://alerts.example/en/alerts/'), language: 'en', version: '1' },
      ...{ pubStatus: 'usable', urgency: 3, firstCreated: '2026-03-01T12:01:00.000Z' },
      headlines: [{ role: 'main', value: 'UN report' }],
      bodies: [{ role: 'main', value: 'Ties remain close.' }],
      subjects: [
        { name: 'Afghanistan', literal: 'afghanistan' },
        { name: 'Weather & <disasters>', literal: 'weather' },
      ],
      associations: [
        { rel: 'fullStory', uri: 'https://news.example/un' },
        { rel: 'translation', name: 'fa', language: 'fa', headlines: [{ value: 'گزارش سازمان ملل' }] },
      ],
    })
  })

  it('is asked for in one of its languages, in whatever case', async () => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    expect(await ninjs(deps, id, '?language=FA')).toMatchObject({ language: 'fa', associations: [{ name: 'en' }] })
    for (const language of ['ru', 'xx', '../en', '%00']) {
      const answer = await deps.get(`/v1/alerts/${id}.ninjs.json?language=${language}`)
      expect([language, answer.status]).toEqual([language, 404])
      expect(await answer.json()).toMatchObject({ code: 'no-such-alert', detail: expect.stringContaining('en, fa') })
    }
  })

  it('says what was wrong; a retracted one is canceled and has neither text nor story', async () => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    deps.revise('correction', id, { note: { en: 'It was February.' } })
    expect(await ninjs(deps, id)).toMatchObject({ version: '2', edNote: 'It was February.', pubStatus: 'usable' })
    deps.revise('retraction', id, { note: { en: 'There is no such report.' } })
    const item = await ninjs(deps, id)
    expect(item).toMatchObject({ version: '3', edNote: 'There is no such report.', pubStatus: 'canceled' })
    expect(item).not.toHaveProperty('bodies')
    expect(JSON.stringify(item)).not.toMatch(/Ties remain|news\.example/)
  })
})

test('what a correction said is in the newest version too when an update came after it', async () => {
  const deps = pagesDeps()
  const id = deps.publish(report)
  deps.revise('correction', id, { note: { en: 'It was February.' } })
  const description = async () => valuesOf(await cap(deps, id), 'alert/info/description')
  for (const [update, note] of [
    [{ texts: { en: { headline: 'UN report out' } } }, 'What was wrong: It was February.'],
    [{ note: { en: 'It is out.' } }, 'It is out.\nWhat was wrong: It was February.'],
  ] as const) {
    deps.revise('update', id, update)
    expect(await ninjs(deps, id)).toMatchObject({ edNote: note })
    expect(await (await deps.get('/feeds/en.ninjs.json')).json()).toMatchObject({ items: [{ edNote: note }] })
    expect((await description())[0]).toBe(`${note}\n\nTies remain close.`)
    // Nothing was corrected in Persian.
    expect(await ninjs(deps, id, '?language=fa')).not.toHaveProperty('edNote')
    expect((await description())[1]).toBe('گزارش سازمان ملل')
  }
  deps.revise('retraction', id, { note: { en: 'There is no such report.' } })
  expect(await ninjs(deps, id)).toMatchObject({ edNote: 'There is no such report.' })
})

describe('an alert as a CAP message', () => {
  it('has one info a language, in the newsroom’s order', async () => {
    const deps = pagesDeps()
    const message = await cap(deps, deps.publish(report))
    expect(valuesOf(message, 'alert/info/language')).toEqual(['en', 'fa'])
    expect(valuesOf(message, 'alert/info/event')[0]).toBe('Afghanistan, Weather & <disasters>')
    expect(valuesOf(message, 'alert/sender')).toEqual(['alerts.example'])
    expect(valuesOf(message, 'alert/sent')).toEqual(['2026-03-01T12:01:00-00:00'])
    expect(valuesOf(message, 'alert/status')).toEqual(['Actual'])
    expect(valuesOf(message, 'alert/references')).toEqual([])
  })

  it('refers to every earlier message: a correction is an Update, a retraction a Cancel', async () => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    const types = [await cap(deps, id)]
    for (const kind of ['update', 'correction', 'retraction'] as const) {
      deps.revise(kind, id, {
        ...(kind === 'update'
          ? { topics: ['afghanistan', 'weather', 'rights'] }
          : { note: { en: 'It was February.' } }),
      })
      types.push(await cap(deps, id))
    }
    expect(types.flatMap((it) => valuesOf(it, 'alert/msgType'))).toEqual(['Alert', 'Update', 'Update', 'Cancel'])
    const last = types.at(-1) ?? ''
    expect(valuesOf(last, 'alert/references')[0]?.split(' ')).toEqual([
      `alerts.example,${id}.1,2026-03-01T12:01:00-00:00`,
      `alerts.example,${id}.2,2026-03-01T12:02:00-00:00`,
      `alerts.example,${id}.3,2026-03-01T12:03:00-00:00`,
    ])
    expect(valuesOf(last, 'alert/info/headline')[0]).toBe('Retracted: UN report')
    expect(valuesOf(last, 'alert/info/description')[0]).toContain('It was February.')
    expect(last).not.toContain('news.example')
  })
})

test.for(['ninjs.json', 'cap.xml'])(
  '.%s: no such alert, and a test alert without a key, are the same 404',
  async (ending) => {
    const deps = pagesDeps()
    const test = deps.publish({ ...report, audience: 'test' })
    const answers = await Promise.all(
      [test, '01932f6e-0000-7000-8000-00000000ffff', 'nothing', '%2e%2e', 'a.ninjs.json'].map(async (id) => {
        const answer = await deps.get(`/v1/alerts/${id}.${ending}`)
        return { status: answer.status, text: await answer.text(), cache: answer.headers.get('cache-control') }
      }),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]?.status).toBe(404)
  },
)

test.for(['ninjs.json', 'cap.xml'])('.%s: an unchanged alert is not sent twice', async (ending) => {
  const deps = pagesDeps()
  const id = deps.publish(report)
  const tag = (await deps.get(`/v1/alerts/${id}.${ending}`)).headers.get('etag') ?? ''
  const again = () => deps.get(`/v1/alerts/${id}.${ending}`, { 'If-None-Match': tag })
  expect((await again()).status).toBe(304)
  deps.revise('update', id, { topics: ['afghanistan', 'weather', 'rights'] })
  expect((await again()).status).toBe(200)
})

test('the feeds name the messages, and hold the items', async () => {
  const deps = pagesDeps()
  const id = deps.publish(report)
  deps.revise('correction', id, { note: { en: 'It was February.' } })
  const atom = await (await deps.get('/feeds/en.cap.atom?topics=weather')).text()
  expect(atom).toContain(`type="application/cap+xml" href="https://alerts.example/v1/alerts/${id}.cap.xml"`)
  expect(valuesOf(atom, 'feed/entry/title')).toEqual(['Correction: UN report', 'Correction: UN report'])
  const feed = JSON.parse(await (await deps.get('/feeds/fa.ninjs.json')).text())
  expect(feed).toMatchObject({ language: 'fa', items: [{ language: 'fa', urgency: 3 }] })
  for (const item of feed.items) expect([isNinjs(item), isNinjs.errors]).toEqual([true, null])
  expect(await (await deps.get('/feeds/fa.ninjs.json?topics=rights')).json()).toMatchObject({ items: [] })
})

const text = hostileHeadline.map((it) => it.toWellFormed())

/** A chain of changes of one alert, in some of many languages. */
const chains = fc.record({
  level: fc.constantFrom('flash', 'urgent', 'routine'),
  topics: fc.subarray(['afghanistan', 'rights', 'weather']),
  texts: fc.dictionary(fc.constantFrom(...manyLanguages), fc.record({ headline: text, summary: text }), {
    minKeys: 1,
    maxKeys: 27,
  }),
  changes: fc.array(fc.constantFrom('update' as const, 'correction' as const), { maxLength: 3 }),
  isRetracted: fc.boolean(),
  note: text,
})

function publishChain({ changes, isRetracted, note, ...alert }: Chain) {
  const deps = pagesDeps()
  const id = deps.publish(alert)
  const [tag = 'en'] = Object.keys(alert.texts)
  for (const [place, kind] of changes.entries()) {
    const texts = { [tag]: { headline: `${kind} ${place}` } }
    deps.revise(kind, id, kind === 'update' ? { texts } : { texts, note: { [tag]: note } })
  }
  if (isRetracted) deps.revise('retraction', id, { note: { [tag]: note } })
  return { deps, id }
}

type Chain = typeof chains extends fc.Arbitrary<infer It> ? It : never

test('random chains of alerts are valid ninjs 3.1 in every language', async () => {
  await fc.assert(
    fc.asyncProperty(chains, async (chain) => {
      const { deps, id } = publishChain(chain)
      for (const tag of Object.keys(chain.texts)) {
        const item = await ninjs(deps, id, `?language=${tag}`)
        expect([isNinjs(item), isNinjs.errors]).toEqual([true, null])
      }
    }),
    { numRuns: runs(60) },
  )
})

test('random chains of alerts are valid CAP 1.2 by xmllint', async ({ skip }) => {
  needsInstalled('xmllint', skip)
  const folder = scratchFolder(clean)
  const files: string[] = []
  await fc.assert(
    fc.asyncProperty(chains, async (chain) => {
      const { deps, id } = publishChain(chain)
      const file = join(folder, `${files.length}.xml`)
      writeFileSync(file, await cap(deps, id))
      files.push(file)
    }),
    { numRuns: runs(60) },
  )
  const schema = join(schemas, 'CAP-v1.2.xsd')
  execFileSync(pathOf('xmllint'), ['--noout', '--nonet', '--schema', schema, ...files], { stdio: 'pipe' })
  // A message without its sender is refused: the check can fail.
  const [first = ''] = files
  writeFileSync(first, readFileSync(first, 'utf8').replace(/<sender>.*<\/sender>\n/, ''))
  expect(() => execFileSync(pathOf('xmllint'), ['--noout', '--schema', schema, first], { stdio: 'pipe' })).toThrow(
    'sender',
  )
})
