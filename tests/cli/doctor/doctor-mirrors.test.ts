import { once } from 'node:events'
import { createServer, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Finding } from '../../../src/cli/doctor/doctor-basics.ts'
import { checkMirrors } from '../../../src/cli/doctor/doctor-mirrors.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { firstRing, rotatedRing } from '../../../src/signing/key-ring.ts'
import { cleaning } from '../../support/scratch.ts'
import { noon } from '../../support/signing/signed-logs.ts'
import { alertIn, bundleEpoch, bundleOf, bundleText } from '../../support/signing/test-bundles.ts'

const clean = cleaning(afterEach)
const minuteMs = 60_000
const open = { 'access-control-allow-origin': '*' }
const first = firstRing(nodeSigner, 'A'.repeat(43), noon)
const ring = rotatedRing(nodeSigner, first, `${'B'.repeat(42)}A`, noon + minuteMs)
const other = firstRing(nodeSigner, `${'C'.repeat(42)}A`, noon)
const ago = (minutes: number) => new Date(Date.now() - minutes * minuteMs).toISOString()

type Answer = { readonly status?: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string }

/** A server with these answers, and nothing else. */
async function serving(answers: Readonly<Record<string, Answer>>): Promise<URL> {
  const server = createServer(({ url = '' }, response) => {
    const { status = 200, headers = {}, body = '' } = answers[url] ?? { status: 404 }
    response.writeHead(status, headers).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

function copyIn(language: string, at: string, { by = ring, head = 2, epoch = bundleEpoch } = {}): string {
  const alerts = [alertIn(language, 'One'), alertIn(language, 'Two', { version: 2 })]
  return bundleText(bundleOf(by, alerts, language, { statementAt: at, headAt: at, head, epoch }))
}

/** What the doctor says of one mirror with these files, of a service whose log has `head` entries. */
async function looked(files: Readonly<Record<string, Answer>>, { tags = ['en'], head = 2 } = {}): Promise<Finding> {
  const mirror = await serving(files)
  const body = JSON.stringify({ epoch: bundleEpoch, head, at: new Date().toISOString() })
  const url = await serving({ '/v1/head': { body, headers: { 'content-type': 'application/json' } } })
  const newsroom = {
    languages: tags.map((tag) => ({ tag })),
    signingKeys: ring.keys,
    mirrors: { urls: [`${mirror}tocsin/`] },
  }
  const service = { url, key: undefined }
  const [finding, ...more] = await checkMirrors(service, newsroom, new AbortController().signal)
  expect(more).toEqual([])
  if (finding === undefined) throw new Error('a mirror is always looked at')
  return finding
}

const [english, persian] = ['/tocsin/bundles/en.json', '/tocsin/bundles/fa.json']

test('a mirror that has what readers may take is good, and its age is said by its oldest file', async () => {
  const files = {
    [english]: { headers: open, body: copyIn('en', ago(0)) },
    [persian]: { headers: { ...open, 'content-type': 'text/plain' }, body: copyIn('fa', ago(12)) },
  }
  const { state, what } = await looked(files, { tags: ['en', 'fa'] })
  expect([state, what]).toEqual(['good', expect.stringMatching(/has the news in 2 languages, as of 12 minutes ago$/)])
})

test.each<[string, Answer | undefined, Finding['state'], RegExp]>([
  ['has no file', undefined, 'fault', /was answered 404/],
  ['is away behind an error', { status: 503 }, 'fault', /was answered 503/],
  ['lacks the header for other origins', { body: copyIn('en', ago(0)) }, 'fault', /Access-Control-Allow-Origin/],
  [
    'allows another origin only',
    { headers: { 'access-control-allow-origin': 'https://other.example' }, body: copyIn('en', ago(0)) },
    'fault',
    /Access-Control-Allow-Origin/,
  ],
  [
    'redirects',
    { status: 302, headers: { ...open, location: 'https://elsewhere.example/' } },
    'fault',
    /leads to https:\/\/elsewhere\.example\/, where readers do not follow/,
  ],
  ['shows a page', { headers: open, body: '<html>Log in</html>' }, 'fault', /no bundle of Tocsin/],
  ['has a half', { headers: open, body: copyIn('en', ago(0)).slice(0, 900) }, 'fault', /cut short/],
  ['has another text', { headers: open, body: copyIn('en', ago(0)).replace('"One"', '"Won"') }, 'fault', /changed/],
  ['has another newsroom’s', { headers: open, body: copyIn('en', ago(0), { by: other }) }, 'fault', /do not lead to/],
  ['has another language', { headers: open, body: copyIn('fa', ago(0)) }, 'fault', /is of the language fa/],
  ['is too big', { headers: open, body: ' '.repeat(200_000) }, 'fault', /more than 131072 bytes/],
  ['is from before a rotation', { headers: open, body: copyIn('en', ago(0), { by: first }) }, 'doubt', /last rotation/],
  ['is of another log', { headers: open, body: copyIn('en', ago(0), { epoch: 'q7x1' }) }, 'doubt', /another log/],
  ['is old', { headers: open, body: copyIn('en', ago(180)) }, 'doubt', /as of 3 hours ago\. It lacks up to 3 entries/],
])('a mirror that %s is said to', async (_, answer, state, why) => {
  const found = await looked(answer === undefined ? {} : { [english]: answer }, { head: 5 })
  expect(found.state).toBe(state)
  expect(found.why).toMatch(why)
  expect(found.mend).toBeTruthy()
})

test('of several languages that are wrong the worst is said, and how many', async () => {
  const files = { [english]: { headers: open, body: copyIn('en', ago(60)) } }
  const { state, why } = await looked(files, { tags: ['en', 'fa', 'ru'] })
  expect(state).toBe('fault')
  expect(why).toMatch(/bundles\/fa\.json was answered 404\. So or similar in 3 languages of 3\.$/)
})

test('an onion service is a doubt, a mirror that does not answer a fault, and no list is nothing to say', async () => {
  const url = await serving({})
  const { port } = await serving({})
  const of = (urls: unknown, signingKeys: unknown = ring.keys) =>
    checkMirrors(
      { url, key: undefined },
      { languages: [{ tag: 'en' }], signingKeys, mirrors: { urls } },
      new AbortController().signal,
    )
  const onion = `http://${'a'.repeat(56)}.onion/`
  expect(await of([onion])).toMatchObject([{ state: 'doubt', why: expect.stringContaining('Tor') }])
  expect(await of([`http://127.0.0.1:${port}/`, 'http://127.0.0.1:9/'])).toMatchObject([
    { state: 'fault', why: expect.stringContaining('404') },
    { state: 'fault', why: expect.stringContaining('127.0.0.1:9') },
  ])
  for (const urls of [[], undefined, 'https://m.example/', [7], ['no address']]) expect(await of(urls)).toEqual([])
  for (const keys of [null, [], [{ publicKey: 'A' }]]) expect(await of([onion], keys)).toEqual([])
})
