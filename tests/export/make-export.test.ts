import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { Parser } from 'htmlparser2'
import { expect, test } from 'vitest'
import { parseNewsroom } from '../../src/domain/newsroom.ts'
import { exportLimits, makeExport } from '../../src/export/make-export.ts'
import { createApp } from '../../src/http/app.ts'
import { isNotSignedYet } from '../../src/node/export/export-run.ts'
import { sentenceOf } from '../../src/node/export/export-words.ts'
import { nodeSigner } from '../../src/node/signing/node-signer.ts'
import { firstRing, signingOf } from '../../src/signing/key-ring.ts'
import { openVerifier } from '../../src/signing/verify/verifier.ts'
import { verifyMirrors } from '../../src/signing/verify/verify-statements.ts'
import { runs } from '../support/effort.ts'
import { alertId, exportable } from '../support/export/test-exports.ts'
import { hostileHeadline, hostileText } from '../support/hostile.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'
import { newAlert, newsroom, noon, retraction, updateOf } from '../support/samples.ts'
import { signing } from '../support/signing/published-signing.ts'

/** An update that still says nothing. */
const update = (id: string) =>
  ({ kind: 'update', id, at: noon, by: 'editor-1', expirySeconds: newsroom.expirySeconds }) as const

type Element = { readonly name: string; readonly attributes: Readonly<Record<string, string>>; text: string }

/** The elements of a page, each with the text in it. */
function elementsOf(bytes: Uint8Array | undefined): readonly Element[] {
  const [found, open]: [Element[], Element[]] = [[], []]
  const parser = new Parser({
    onopentag(name, attributes) {
      const element = { name, attributes, text: '' }
      found.push(element)
      open.push(element)
    },
    ontext(text) {
      for (const element of open) element.text += text
    },
    onclosetag: () => void open.pop(),
  })
  parser.end(Buffer.from(bytes ?? []).toString('utf8'))
  return found
}

const named = (elements: readonly Element[], name: string, part = '') =>
  elements.filter((it) => it.name === name && (it.attributes.class ?? '').includes(part)).map(({ text }) => text)

const mirrored = parseNewsroom({
  name: 'Radio Example',
  languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'sr-Latn' }],
  topics: [{ id: 'iran', labels: { en: 'Iran', fa: 'ایران' } }],
  rules: 'none',
  mirrors: ['https://mirror.example.org/tocsin/', 'https://other.example.org/'],
})

test('an export has a page and a bundle of each language, the languages, the mirrors and the key, and nothing else', async () => {
  const { files } = await makeExport(exportable(mirrored).deps)
  const languages = ['en', 'fa', 'sr-Latn'].flatMap((tag) => [`${tag}/index.html`, `bundles/${tag}.json`])
  expect([...files.keys()].sort()).toEqual([...languages, 'index.html', 'mirrors.json', 'minisign.pub'].sort())
})

test('bundles are to the byte what the route answers, and the export is of their time', async () => {
  const { deps, clock, append } = exportable()
  await append(newAlert(alertId(1)))
  await append(updateOf(alertId(1), 'Another headline'))
  await append(newAlert(alertId(2), { audience: 'test' }))
  clock.ms += 10 * 60_000
  const memory = await memoryDeps(newsroom, 'https://alerts.example')
  const app = createApp({
    ...memory,
    reads: { ...memory.reads, log: deps.log as never, now: deps.now, signed: deps.signed },
  })
  const { files, atMs } = await makeExport(deps)
  for (const { tag } of newsroom.languages) {
    const answered = new Uint8Array(await (await app.request(`/v1/bundle/${tag}`)).arrayBuffer())
    expect([tag, Buffer.from(files.get(`bundles/${tag}.json`) ?? []).equals(answered)]).toEqual([tag, true])
  }
  expect(new Date(atMs).toISOString()).toBe('2026-11-28T12:10:00.000Z')
  // Within the same five minutes, all of it stays as it is.
  clock.ms += 3 * 60_000
  const later = await makeExport(deps)
  const changed = [...files].filter(([path, bytes]) => !Buffer.from(later.files.get(path) ?? []).equals(bytes))
  expect([changed.map(([path]) => path), later.atMs]).toEqual([[], atMs])
})

test('a page shows the newest alerts as the service does: level, time, text, story, topics; corrections and retractions', async () => {
  const { deps, append } = exportable(mirrored)
  const texts = {
    en: { headline: 'Five dead', summary: 'First reports.', url: 'https://news.example/1' },
    fa: { headline: 'پنج کشته', summary: '' },
  }
  await append(newAlert(alertId(1), { level: 'flash', topics: ['iran'], texts }))
  const note = { en: 'It was four.' }
  await append({
    ...update(alertId(1)),
    kind: 'correction',
    revision: { texts: { en: { headline: 'Four dead' } }, note },
  })
  await append(newAlert(alertId(2), { texts: { en: { headline: 'Not so', summary: 'A long story.' } } }))
  await append(retraction(alertId(2)))
  await append(newAlert(alertId(3), { audience: 'test', texts: { en: { headline: 'A drill', summary: '' } } }))
  const { files } = await makeExport(deps)
  const page = elementsOf(files.get('en/index.html'))
  expect(named(page, 'h2', 'headline')).toEqual(['Not so', 'Four dead'])
  expect(named(page, 's')).toEqual(['Not so'])
  expect(named(page, 'span', 'level')).toEqual(['Urgent', 'Flash'])
  expect(named(page, 'strong', 'mark')).toEqual(['Retracted', 'Correction'])
  expect(named(page, 'p', 'note').join()).toMatch(/It was wrong\..*It was four\./s)
  expect(named(page, 'p', 'foot').map((text) => text.replace(/\s+/g, ' '))).toEqual([
    'Read the full story news.example Iran',
  ])
  expect(named(page, 'p', 'summary')).toEqual(['First reports.'])
  expect(named(page, 'p', 'copy')).toEqual([
    'This is a copy, made 28 November 2026 at 12:01 UTC. Newer alerts may be missing in it.',
  ])
  const persian = elementsOf(files.get('fa/index.html'))
  expect(persian.find(({ name }) => name === 'html')?.attributes).toEqual({ lang: 'fa', dir: 'rtl' })
  expect(named(persian, 'h2', 'headline')).toEqual(['پنج کشته'])
})

test('pages are complete by themselves: relative links that lead to files of the export, mirrors, no script, a policy', async () => {
  const { deps, append } = exportable(mirrored)
  await append(newAlert(alertId(1)))
  const { files } = await makeExport(deps)
  for (const path of ['index.html', 'en/index.html', 'fa/index.html', 'sr-Latn/index.html']) {
    const page = elementsOf(files.get(path))
    const links = page.filter(({ name }) => name === 'a').map(({ attributes }) => attributes.href ?? '')
    const outside = links.filter((href) => /^[a-z]+:/.test(href))
    expect([path, outside]).toEqual([path, ['https://alerts.example/', ...(mirrored.mirrors ?? [])]])
    const inside = links.filter((href) => !outside.includes(href) && !href.startsWith('#'))
    const lost = inside.filter((href) => !files.has(new URL(href, `file:///${path}`).pathname.slice(1)))
    expect([path, lost]).toEqual([path, []])
    expect(page.filter(({ name }) => /^(script|img|link|iframe|form|base|object|embed)$/.test(name))).toEqual([])
    const policy = page.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')?.attributes
      .content
    const [style = ''] = named(page, 'style')
    const hash = createHash('sha256').update(style).digest('base64')
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
    expect(page.some(({ attributes }) => attributes.name === 'referrer' && attributes.content === 'no-referrer')).toBe(
      true,
    )
    expect(named(page, 'pre')).toEqual([`minisign -V -P KEY -m ${path}`])
  }
})

test('without mirrors and an address of the service nothing is said of other places', async () => {
  const { files } = await makeExport(exportable(newsroom, null).deps)
  const page = elementsOf(files.get('fa/index.html'))
  expect(page.some(({ attributes }) => /^https?:/.test(attributes.href ?? ''))).toBe(false)
})

test('mirrors.json has the list that the key of the newsroom signed, as the service publishes it', async () => {
  const { deps } = exportable(mirrored)
  const { files } = await makeExport(deps)
  const { mirrors, signingKeys } = JSON.parse(Buffer.from(files.get('mirrors.json') ?? []).toString())
  expect({ mirrors, signingKeys }).toEqual(JSON.parse(JSON.stringify(deps.signed)))
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  expect(await verifyMirrors(verifier, signing.keys, mirrors)).toMatchObject({ urls: mirrored.mirrors })
})

test('texts that mean harm are shown as text', async () => {
  await fc.assert(
    fc.asyncProperty(hostileHeadline, hostileText, hostileText, async (headline, summary, note) => {
      const { deps, append } = exportable(mirrored)
      const [safeHeadline, safeSummary, safeNote] = [headline, summary, note].map((text) =>
        text.toWellFormed().replaceAll('\0', ''),
      )
      const text = { headline: safeHeadline ?? '', summary: safeSummary ?? '' }
      await append(newAlert(alertId(1), { texts: { en: text, fa: text } }))
      const notes = { en: `n${safeNote}`, fa: `n${safeNote}` }
      await append({ ...update(alertId(1)), revision: { note: notes } })
      const { files } = await makeExport(deps)
      for (const tag of ['en', 'fa']) {
        const page = elementsOf(files.get(`${tag}/index.html`))
        expect(named(page, 'h2', 'headline')).toEqual([safeHeadline])
        expect(named(page, 'p', 'note').map((it) => it.includes(`n${safeNote}`))).toEqual([true])
        expect(page.map(({ name }) => name).filter((name) => /^(script|img|template|q)$/.test(name))).toEqual([])
        // What turns the direction of a line ends with its own element.
        const headlines = page.filter(({ attributes }) => attributes.class === 'headline')
        expect(headlines.every(({ attributes }) => /^(ltr|rtl)$/.test(attributes.dir ?? ''))).toBe(true)
      }
    }),
    { numRuns: runs(20) },
  )
})

test(`a page has the newest ${exportLimits.alertsMax} alerts at most, and of long ones as many as its bytes allow`, async () => {
  const { deps, append } = exportable(mirrored)
  const headlinesIn = async () => {
    const { files } = await makeExport(deps)
    const bytes = files.get('en/index.html')
    expect(bytes?.length).toBeLessThanOrEqual(exportLimits.pageBytesMax)
    return named(elementsOf(bytes), 'h2', 'headline')
  }
  for (let nth = 1; nth <= exportLimits.alertsMax + 5; nth += 1)
    await append(newAlert(alertId(nth), { texts: { en: { headline: `Alert ${nth}`, summary: '' } } }))
  const short = await headlinesIn()
  expect([short.length, short[0], short.at(-1)]).toEqual([50, 'Alert 55', 'Alert 6'])
  for (let nth = 101; nth <= 150; nth += 1)
    await append(
      newAlert(alertId(nth), {
        texts: { en: { headline: `Long ${nth} ${'ж'.repeat(180)}`, summary: 'ж'.repeat(1_000) } },
      }),
    )
  const long = await headlinesIn()
  expect(long[0]).toMatch(/^Long 150/)
  expect(long.length).toBeGreaterThan(15)
  expect(long.length).toBeLessThan(50)
})

test('while an entry is not signed there is no export, because its bundle would say that it is not there', async () => {
  const { deps, append } = exportable()
  await append(newAlert(alertId(1)))
  const unsigned = { ...deps, log: withoutProofs(deps.log) }
  await expect(makeExport(unsigned)).rejects.toMatchObject({ code: 'not-signed-yet' })
})

test('while the newest entry has a key that is not published here there is no export, in words: the former one stays', async () => {
  const { deps, append, log } = exportable()
  const other = signingOf(nodeSigner, firstRing(nodeSigner, 'E'.repeat(43), 0))
  log.signing.begin({ signer: other.signer, newsroom })
  await append(newAlert(alertId(1)))
  const error = await makeExport(deps).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'key-not-published' })
  expect([isNotSignedYet(error), sentenceOf(error, '/mirror')]).toEqual([
    false,
    expect.stringMatching(new RegExp(`signed by the signing key ${other.signer.keyId}.*start it again`)),
  ])
})

/** A log as a version of the service that does not sign left it. */
function withoutProofs(
  log: ReturnType<typeof exportable>['deps']['log'],
): ReturnType<typeof exportable>['deps']['log'] {
  const bare = <Entry extends { proofs?: unknown }>(entries: readonly Entry[]) =>
    entries.map(({ proofs: _, ...entry }) => entry)
  return {
    bounds: () => log.bounds(),
    after: async (...asked) => bare(await log.after(...asked)) as never,
    recent: async (...asked) => bare(await log.recent(...asked)) as never,
  }
}
