import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { fileWithoutRules } from '../support/newsroom/newsroom-without-rules.ts'
import { tocsin } from '../support/processes/cli.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
let folder = ''
let service: ChildProcess
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-flow-'))
  service = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ADMIN_KEY: 'an-admin-key-of-the-test', NEWSROOM: fileWithoutRules(), DRAIN_SECONDS: '0' },
  })
  if (service.stdout === null) throw new Error('no output to read')
  for await (const line of createInterface({ input: service.stdout })) {
    const url = /^Tocsin is ready at (\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    env = { TOCSIN_URL: url, TOCSIN_KEY: 'an-admin-key-of-the-test' }
    return
  }
  throw new Error('the service did not begin')
})
afterAll(async () => {
  service.kill('SIGTERM')
  const [code] = service.exitCode === null ? await once(service, 'exit') : [service.exitCode]
  await rm(folder, { recursive: true })
  expect(code).toBe(0)
})

const json = async (args: readonly string[]) => {
  const { code, out, err } = await tocsin([...args, '--json'], { env })
  expect([code, code === 0 ? '' : err]).toEqual([0, ''])
  return JSON.parse(out)
}

describe('the command line against the real service', () => {
  test.each([
    ['a language', ['--lang', 'en,xx'], ['xx']],
    ['a topic and a language', ['--lang', 'yy', '--topic', 'nonsense'], ['yy', 'nonsense']],
    ['a key that is none', ['--test'], ['key']],
  ])('listen is refused at once, with the service’s own words: %s', async (_, flags, words) => {
    const { code, err } = await tocsin(['listen', ...flags], { env: { ...env, TOCSIN_KEY: 'no-such-key' } })
    expect(code).toBe(1)
    expect(err).toContain('Refused (4')
    for (const word of words) expect(err).toContain(word)
    expect(err).not.toContain('waiting')
  })

  test('an alert is tried in a dry run, published, updated, corrected and retracted, and listen replays it all', async () => {
    const text = [
      '--lang',
      'en',
      '--headline',
      'Ceasefire',
      '--summary',
      'Both sides say so.',
      '--link',
      'https://news.example/1',
    ]
    const preview = await json(['publish', '--level', 'urgent', '--topic', 'afghanistan', ...text, '--dry-run'])
    expect(preview.audience.en).toEqual({ push: 0, sockets: 0 })
    const { alert } = await json(['publish', '--level', 'urgent', '--topic', 'afghanistan', ...text])
    await json(['update', alert.id, '--lang', 'en', '--headline', 'Ceasefire holds'])
    const corrected = await json(['correct', alert.id, '--lang', 'en', '--note', 'One side says so.', '--no-link'])
    expect(corrected.alert.texts.en).toEqual({ headline: 'Ceasefire holds', summary: 'Both sides say so.' })
    const stale = await tocsin(['update', alert.id, '--level', 'flash', '--alert-version', '2'], { env })
    expect(stale.code).toBe(1)
    expect(stale.err).toContain('/texts/en/url')
    await json(['retract', alert.id, '--lang', 'en', '--note', 'It could not be confirmed.'])
    for (const transport of ['socket', 'events']) {
      const start = `${(await json(['publish', '--level', 'routine', '--lang', 'fa', '--headline', 'آتش‌بس'])).cursor.split('.')[0]}.0`
      const args = ['listen', '--json', '--lang', 'en', '--after', start, '--count', '4', '--transport', transport]
      const { out } = await tocsin(args, { env })
      const entries = out.split('\n').map((line) => JSON.parse(line))
      expect(entries.map(({ kind, replayed }) => [kind, replayed])).toEqual(
        ['alert', 'update', 'correction', 'retraction'].map((kind) => [kind, true]),
      )
      expect(entries.at(-1).alert).toMatchObject({
        headline: 'Ceasefire holds',
        status: 'retracted',
        note: 'It could not be confirmed.',
      })
    }
  })

  test('the same idempotency key publishes once', async () => {
    const args = [
      'publish',
      '--level',
      'routine',
      '--lang',
      'en',
      '--headline',
      'Once',
      '--idempotency-key',
      'the-same',
    ]
    expect(await json(args)).toEqual(await json(args))
  })

  test('every mistake of a refused alert is printed', async () => {
    const input = JSON.stringify({ level: 'loud', texts: { xx: { headline: '' } }, colour: 'red' })
    const { code, err } = await tocsin(['publish', '-'], { env, input })
    expect(code).toBe(1)
    for (const pointer of ['/level', '/texts/xx/headline', '/colour']) expect(err).toContain(pointer)
  })

  test('listeners are refused with the problem’s sentence, whichever way they come', async () => {
    for (const transport of ['auto', 'events']) {
      const { code, err } = await tocsin(['listen', '--topic', 'nonsense', '--transport', transport], { env })
      expect([transport, code]).toEqual([transport, 1])
      expect(err).toContain('There is no topic "nonsense"')
    }
  })

  test('sessions are listed, and ended one by one or all of an editor’s; another one’s by an admin alone', async () => {
    const { editor, key } = await json(['editors', 'add', '--name', 'Lost phone', '--role', 'editor'])
    const own = { env: { ...env, TOCSIN_KEY: key } }
    const signIn = async (of: string) => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ key: of })
      expect((await fetch(new URL('/v1/desk/session', env.TOCSIN_URL), { method: 'POST', headers, body })).status).toBe(
        201,
      )
    }
    const open = async (as: object = { env }): Promise<readonly { id: string; editor: { id: string } }[]> =>
      JSON.parse((await tocsin(['sessions', 'list', '--json'], as)).out).sessions
    for (const of of [key, key, key, 'an-admin-key-of-the-test']) await signIn(of)
    expect((await open(own)).map((it) => it.editor.id)).toEqual([editor.id, editor.id, editor.id])
    const everybody = await open()
    const admins = everybody.find((it) => it.editor.id !== editor.id)
    const refused = await tocsin(['sessions', 'end', admins?.id ?? ''], own)
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('no-such-session')])
    const [first] = await open(own)
    expect((await tocsin(['sessions', 'end', first?.id ?? ''], { env })).err).toContain(`Ended  ${first?.id}`)
    const { out } = await tocsin(['sessions', 'list'], own)
    expect(out.split('\n').every((line) => /opened \d{4}-\d\d-\d\d, last used .* {2}Lost phone$/.test(line))).toBe(true)
    expect(out.split('\n')).toHaveLength(2)
    expect((await tocsin(['sessions', 'end-all'], own)).code).toBe(0)
    expect((await tocsin(['sessions', 'list'], own)).err).toBe('There are none.')
    expect((await open()).map(({ id }) => id)).toEqual([admins?.id])
  })

  test('a key is made for some days or until a time, and the list says until when', async () => {
    const made = (expires: string) => ['editors', 'add', '--name', 'Help', '--role', 'writer', '--expires', expires]
    const beganMs = Date.now()
    const { editor } = await json(made('30d'))
    const days = (Date.parse(editor.expiresAt) - beganMs) / (24 * 60 * 60_000)
    expect([Math.floor(days), editor.expiresAt]).toEqual([30, expect.stringMatching(/Z$/)])
    const until = new Date(beganMs + 60 * 60_000).toISOString()
    expect((await tocsin(made(until), { env })).out).toContain(`until ${until}`)
    expect((await tocsin(['editors', 'list'], { env })).out).toContain(`Help  until ${until}`)
    const { code, err } = await tocsin(made('soon'), { env })
    expect([code, err]).toEqual([1, expect.stringContaining('RFC 3339')])
  })

  test('editors come and go, and a revoked key is refused', async () => {
    const { editor, key } = await json(['editors', 'add', '--name', 'Mina', '--role', 'editor'])
    const own = { env: { ...env, TOCSIN_KEY: key } }
    expect(
      (await tocsin(['publish', '--level', 'routine', '--lang', 'en', '--headline', 'Mine', '--test'], own)).code,
    ).toBe(0)
    expect((await tocsin(['editors', 'list'], own)).err).toContain('role-too-low')
    expect((await json(['editors', 'list'])).editors.map((it: { name: string }) => it.name)).toContain('Mina')
    await tocsin(['editors', 'revoke', editor.id], { env })
    expect((await tocsin(['publish', '--level', 'routine', '--lang', 'en', '--headline', 'Mine'], own)).code).toBe(1)
  })

  test('a key that may publish some levels is refused at the others, with what to do, and is listed so', async () => {
    const args = ['editors', 'add', '--name', 'Feed', '--role', 'editor', '--levels', 'routine,urgent']
    const { editor, key } = await json(args)
    expect(editor.levels).toEqual(['urgent', 'routine'])
    const own = { env: { ...env, TOCSIN_KEY: key } }
    const publish = (level: string) =>
      tocsin(['publish', '--level', level, '--lang', 'en', '--headline', 'Mine', '--test'], own)
    expect((await publish('urgent')).code).toBe(0)
    const { code, err } = await publish('flash')
    expect([code, err]).toEqual([1, expect.stringMatching(/level-not-allowed.*Submit it/s)])
    const listed = async () => (await tocsin(['editors', 'list'], { env })).out
    await expect.poll(listed).toMatch(new RegExp(`${editor.id}.*last used 20\\d\\d-.*Feed {2}urgent, routine only`))
    const wrong = await tocsin([...args.slice(0, -1), 'loud'], { env })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('/levels/0')])
  })

  test('the audit log says who did what, in words, as JSON and as a whole', async () => {
    const { editor } = await json(['editors', 'add', '--name', 'Noor', '--role', 'writer'])
    await tocsin(['editors', 'revoke', editor.id], { env })
    const { out } = await tocsin(['audit', 'list', '--act', 'key-revoked', '--limit', '1'], { env })
    expect(out).toMatch(/key-revoked.*First admin.*Noor/s)
    const { lines } = await json(['audit', 'list', '--limit', '2'])
    expect(lines.map(({ act }: { act: string }) => act)).toEqual(['key-revoked', 'key-made'])
    const all = (await tocsin(['audit', 'export'], { env })).out.trimEnd().split('\n')
    expect(all.slice(0, 2).map((line) => JSON.parse(line))).toEqual(lines)
    expect(all.length).toBeGreaterThan(4)
    const { code, err } = await tocsin(['audit', 'export', '--act', 'revoked'], { env })
    expect([code, err]).toEqual([1, expect.stringContaining('did you mean')])
  })

  test('a test alert reaches the test audience only', async () => {
    const heard = async (flags: string[]) => {
      const { out } = await tocsin(['listen', '--json', '--lang', 'ps', '--count', '1', ...flags], { env })
      return JSON.parse(out).alert.headline
    }
    const { cursor } = await json(['publish', '--level', 'routine', '--lang', 'ps', '--headline', 'Drill', '--test'])
    await json(['publish', '--level', 'routine', '--lang', 'ps', '--headline', 'Real'])
    const [epoch, seq] = cursor.split('.')
    const after = ['--after', `${epoch}.${Number(seq) - 1}`]
    expect([await heard(after), await heard([...after, '--test'])]).toEqual(['Real', 'Drill'])
  })

  test('the doctor finds nothing wrong', async () => {
    const { code, out } = await tocsin(['doctor'], { env })
    expect(out).not.toContain('FAIL')
    expect(code).toBe(0)
  })

  test('an import takes lines as editors, other systems and broken copies leave them, and names what is none by its number', async () => {
    const keys = makeBrowserKeys()
    const line = (at: number) => {
      const { endpoint, p256dh, auth } = addressOf(
        `https://updates.push.services.mozilla.com/wpush/v2/flow-${at}`,
        keys,
      )
      return JSON.stringify({ subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } })
    }
    const bring = async (input: string) => {
      const { code, out, err } = await tocsin(['subscriptions', 'import', '-', '--json'], { env, input })
      return {
        code,
        ...JSON.parse(out),
        lines: [...err.matchAll(/^line (\d+) /gm)].map(([, number]) => Number(number)),
      }
    }
    // A byte-order mark, lines that end as in Windows, blank ones, none at the end.
    const good = `\ufeff${line(1)}\r\n\r\n${line(2)}\n   \n\n${line(3)}`
    expect(await bring(good)).toEqual({ code: 0, made: 3, kept: 0, refused: 0, lines: [] })
    // A banner that a runner put before it, and a last line that the copy broke off.
    const half = line(5).slice(0, 90)
    const damaged = `> tocsin@0.1.0 tocsin\n${line(3)}\r\n${line(4)}\n\u0000\u0001\n${half}`
    expect(await bring(damaged)).toEqual({ code: 1, made: 1, kept: 1, refused: 3, lines: [1, 4, 5] })
    expect(await bring('')).toEqual({ code: 0, made: 0, kept: 0, refused: 0, lines: [] })
  })
})
