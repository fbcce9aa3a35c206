import { afterEach, expect, test, vi } from 'vitest'
import { askOnce, Refused, type Service, sendWithRetry } from '../../src/cli/service-client.ts'
import { CommandError, Stopped } from '../../src/cli/shell.ts'
import { deskServer, type Reply, tocsin } from '../support/processes/cli.ts'
import { cleaning } from '../support/scratch.ts'

// What may be out although nobody heard the answer is told, with the words to go on.

const clean = cleaning()
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function serve(reply: Parameters<typeof deskServer>[0]) {
  const server = await deskServer(reply)
  clean(() => server.close())
  return { ...server, env: { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' } }
}

const published: Reply = { status: 201, body: { alert: { id: 'id-1', level: 'flash', version: 4, status: 'live' } } }
const stands = (version: number): Reply => ({ status: 200, body: { alert: { version } } })
const note = ['--lang', 'en', '--note', 'N']

test.each([
  ['publish', ['--level', 'flash', '--lang', 'en', '--headline', 'H'], ''],
  ['update', ['id-1', '--level', 'flash'], ' --alert-version 7'],
  ['update', ['id-1', '--level', 'flash', '--alert-version', '3'], ' --alert-version 3'],
  ['correct', ['id-1', ...note], ' --alert-version 7'],
  ['retract', ['id-1', ...note], ' --alert-version 7'],
])(
  'Ctrl-C while %s %j waits for its answer tells the key and the version to go on with',
  async (command, args, version) => {
    const stop = new AbortController()
    const server = await serve(({ method }) => {
      if (method === 'GET') return stands(7)
      stop.abort()
      return published
    })
    const { code, out, err } = await tocsin([command, ...args], { ...server, stop: stop.signal })
    const key = server.asked.at(-1)?.headers['idempotency-key']
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^Stopped\. Whether it was published is not known/)
    expect(err.endsWith(`add: --idempotency-key ${key}${version}`)).toBe(true)
  },
)

test.each([
  ['before anything was sent', ['publish', '--level', 'flash', '--lang', 'en', '--headline', 'H']],
  ['while the version is read', ['correct', 'id-1', ...note]],
])('Ctrl-C %s does not say that it may be out', async (when, args) => {
  const stop = new AbortController()
  const server = await serve(() => {
    stop.abort()
    return stands(7)
  })
  if (when.startsWith('before')) stop.abort()
  const { code, err } = await tocsin(args, { ...server, stop: stop.signal })
  expect([code, err]).toEqual([1, when.startsWith('before') ? 'Stopped.' : 'Stopped. Nothing was published.'])
  expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([])
})

test('a retry with the printed options does not overwrite what another editor changed meanwhile', async () => {
  const stop = new AbortController()
  const first = await serve(({ method }) => {
    if (method === 'POST') stop.abort()
    return method === 'GET' ? stands(2) : published
  })
  const { err } = await tocsin(['correct', 'id-1', ...note], { ...first, stop: stop.signal })
  const told = /add: (.*)$/.exec(err)?.[1]?.split(' ') ?? []
  const second = await serve(({ method }) => (method === 'GET' ? stands(9) : published))
  expect((await tocsin(['correct', 'id-1', ...note, ...told], second)).code).toBe(0)
  const sent = ({ asked }: typeof first) =>
    asked
      .filter(({ method }) => method === 'POST')
      .map(({ headers }) => [headers['idempotency-key'], headers['if-match']])
  expect(sent(second)).toEqual(sent(first))
  expect(sent(first)[0]?.[1]).toBe('"2"')
})

test.each(['update', 'correct', 'retract'])(
  '%s with an earlier try’s key and no version is wrong usage, and names the flag; with one it goes on',
  async (command) => {
    const server = await serve(({ method }) => (method === 'GET' ? stands(9) : published))
    const args = [command, 'id-1', '--idempotency-key', 'k']
    const input = (version: object) => JSON.stringify({ ...version, note: { en: 'N' } })
    for (const wrong of [
      await tocsin([...args, ...note], server),
      await tocsin([...args, '-'], { ...server, input: input({}) }),
    ]) {
      expect([wrong.code, server.asked]).toEqual([2, []])
      expect(wrong.err).toContain('--alert-version')
    }
    await tocsin([...args, ...note, '--alert-version', '3'], server)
    await tocsin([...args, '-'], { ...server, input: input({ version: 3 }) })
    await tocsin([...args, ...note, '--dry-run'], server)
    expect(server.asked.map(({ method, headers }) => [method, headers['if-match']])).toEqual([
      ['POST', '"3"'],
      ['POST', undefined],
      ['GET', undefined],
      ['POST', '"9"'],
    ])
  },
)

const service: Service = { url: new URL('http://service.invalid/'), key: 'k' }
const refusal = (status: number) => Response.json({ code: 'no', detail: `No ${status}.` }, { status })
const torn = () => Object.assign(new TypeError('fetch failed'), { cause: new Error('other side closed') })
const unreached = (code: string) =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) })
const lost = 'It may be in.'

/** What each try hears, one after another; what it throws at last, in no time. */
async function outcomeOf(replies: readonly (number | string)[], stopAt = 0): Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let tries = 0
  vi.stubGlobal('fetch', async () => {
    const reply = replies[tries] ?? 'torn'
    tries += 1
    if (typeof reply === 'number') return refusal(reply)
    throw reply === 'torn' ? torn() : unreached(reply)
  })
  const stop = new AbortController()
  const onRetry = () => {
    if (tries === stopAt) stop.abort()
  }
  const asked = sendWithRetry(service, { path: 'x', signal: stop.signal }, { onRetry, lost }).catch((error) => error)
  await vi.runAllTimersAsync()
  return asked
}

test.each([
  [['torn']],
  [[503]],
  [['torn', 429]],
  [[429, 'torn']],
  [['ECONNREFUSED', 502]],
  [['torn', 'ECONNREFUSED', 429]],
])('a stop in the pause after %j says that it may be in', async (replies) => {
  const outcome = await outcomeOf(replies, replies.length)
  expect(outcome).toBeInstanceOf(Stopped)
  expect((outcome as Error).message).toBe(`Stopped. ${lost}`)
})

test.each([[[429]], [['ECONNREFUSED']], [['ENOTFOUND', 429]], [['EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']]])(
  'a stop in the pause after %j does not: nothing was taken',
  async (replies) => {
    const outcome = await outcomeOf(replies, replies.length)
    expect(outcome).toBeInstanceOf(DOMException)
    expect(outcome).toMatchObject({ name: 'AbortError' })
  },
)

test.each([
  [['torn', 401], lost],
  [[500, 403], lost],
  [['torn', 429, 403], lost],
  [[401], undefined],
  [[429, 403], undefined],
  [['ECONNREFUSED', 401], undefined],
  // Under the same key the service answers what became of it: so this no is about the first try too.
  [['torn', 409], undefined],
])('a refusal after %j leaves open: %s', async (replies, left) => {
  const outcome = await outcomeOf(replies)
  expect(outcome).toBeInstanceOf(Refused)
  expect(outcome).toMatchObject({ status: replies.at(-1), lost: left })
})

test('of tries without end, the last of which were put off, one may be in', async () => {
  const outcome = await outcomeOf(['torn', 429, 429, 429, 429])
  expect(outcome).toBeInstanceOf(CommandError)
  expect((outcome as Error).message).toContain(lost)
  expect(await outcomeOf([429, 429, 429, 429, 429])).toMatchObject({ status: 429, lost: undefined })
})

test.each([
  ['torn', true],
  [500, true],
  ['ECONNREFUSED', false],
  [429, false],
  [400, false],
])('what is asked only once and hears %s may be done: %s', async (reply, isOpen) => {
  vi.stubGlobal('fetch', async () => {
    if (typeof reply === 'number') return refusal(reply)
    throw reply === 'torn' ? torn() : unreached(String(reply))
  })
  const outcome = await askOnce(service, { path: 'x', signal: new AbortController().signal }, lost).catch((it) => it)
  expect(String(outcome).includes(lost)).toBe(isOpen)
})

test.each([
  [['editors', 'add', '--name', 'Mina', '--role', 'writer'], 'Whether the key was made is not known.'],
  [['editors', 'revoke', 'e1'], 'Whether the key was revoked is not known'],
])('Ctrl-C, or no answer, in %j says what is not known', async (args, sentence) => {
  const stop = new AbortController()
  const stopped = await serve(() => {
    stop.abort()
    return { status: 204 }
  })
  const { err } = await tocsin(args, { ...stopped, stop: stop.signal })
  expect(err.startsWith(`Stopped. ${sentence}`)).toBe(true)
  const cut = await serve(() => 'tear')
  expect((await tocsin(args, cut)).err).toContain(sentence)
})
