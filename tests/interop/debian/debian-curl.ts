import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { adminKey, newKey } from '../../support/processes/service.ts'
import { needsInstalled, pathOf } from '../installed.ts'
import type { Story } from './debian-story.ts'

const run = promisify(execFile)
const offered = [
  ['/', 302],
  ['/en/', 200],
  ['/en/alerts/{id}', 200],
  ['/desk', 200],
  ['/feeds/en.atom', 200],
  ['/feeds/fa.json', 200],
  ['/v1/newsroom', 200],
  ['/v1/alerts?limit=2', 200],
  ['/v1/alerts/{id}', 200],
  ['/healthz', 200],
  ['/readyz', 200],
  ['/openapi.json', 200],
  ['/v1/alerts?nonsense=1', 400],
  ['/v1/desk/session', 401],
  ['/v1/socket', 426],
  ['/nowhere', 404],
] as const

type Answer = { readonly status: number; readonly version: string; readonly body: string }

/** Gives what curl was answered, and its exit code when that is not 0. */
async function curl(...args: string[]): Promise<Answer & { readonly code: number }> {
  const format = '\n%{http_code} %{http_version}'
  const all = ['-s', '--max-time', '15', '-w', format, ...args]
  const { stdout, code } = await run(pathOf('curl'), all, { maxBuffer: 1e8 }).then(
    (it) => ({ ...it, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  )
  const end = stdout.lastIndexOf('\n')
  const [status, version = ''] = stdout.slice(end + 1).split(' ')
  return { status: Number(status), version, body: stdout.slice(0, end), code }
}

/** What curl asks, as people type it. */
export function curlTests(story: () => Pick<Story, 'url' | 'alertId'>): void {
  test.for(offered)('curl --http2 offers h2c on %s and is answered as without', async ([path, status], { skip }) => {
    needsInstalled('curl', skip)
    const address = story().url + path.replace('{id}', story().alertId)
    const plain = await curl('--http1.1', address)
    expect(plain).toMatchObject({ status, code: 0 })
    expect(await curl('--http2', address)).toEqual(plain)
  })

  test('curl --http2 publishes a body with an offer of h2c beside it, once', async ({ skip }) => {
    needsInstalled('curl', skip)
    const body = JSON.stringify({ level: 'routine', audience: 'test', texts: { en: { headline: 'By curl' } } })
    const headers = [`Authorization: Bearer ${adminKey}`, `Idempotency-Key: ${newKey()}`]
    const args = ['--json', body, ...headers.flatMap((it) => ['-H', it]), `${story().url}/v1/alerts`]
    const first = await curl('--http2', ...args)
    expect(first).toMatchObject({ status: 201, version: '1.1', code: 0 })
    expect(await curl('--http2', ...args)).toEqual(first)
  })

  test('curl --http2-prior-knowledge, which is not spoken here, ends at once', async ({ skip }) => {
    needsInstalled('curl', skip)
    const { code } = await curl('--http2-prior-knowledge', `${story().url}/healthz`)
    expect(code).not.toBe(0)
    expect(code, 'its own time-out').not.toBe(28)
    expect(await curl(`${story().url}/healthz`)).toMatchObject({ status: 200 })
  })

  test.for(['/en/', '/feeds/en.atom', '/v1/alerts', '/v1/events', '/healthz'])(
    'curl -I is answered about %s with headers alone',
    async (path, { skip }) => {
      needsInstalled('curl', skip)
      const answer = await curl('-I', story().url + path)
      expect(answer).toMatchObject({ status: 200, code: 0 })
      expect(answer.body).toMatch(/^content-type: /im)
    },
  )

  test('curl sends two megabytes, waiting for 100 Continue, and is refused with words', async ({ skip }) => {
    needsInstalled('curl', skip)
    const headers = [
      'Content-Type: application/json',
      `Authorization: Bearer ${adminKey}`,
      `Idempotency-Key: ${newKey()}`,
    ]
    const from = ['--data-binary', '@-', ...headers.flatMap((it) => ['-H', it])]
    const sent = run('/bin/sh', [
      '-c',
      `head -c 2000000 /dev/zero | "$0" -s --max-time 15 -w '%{http_code}' "$@"`,
      pathOf('curl'),
      ...from,
      `${story().url}/v1/alerts`,
    ])
    expect((await sent).stdout).toMatch(/"code":"[a-z-]+".*413$/s)
  })
}
