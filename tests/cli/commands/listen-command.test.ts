import { afterEach, describe, expect, test } from 'vitest'
import { tocsin } from '../../support/processes/cli.ts'
import { alert, live, welcome } from '../../support/streams/collected-events.ts'
import { type Peer, streamServer } from '../../support/streams/stream-server.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function serve(onPeer: (peer: Peer) => void, refuse?: () => { status: number; body?: object } | undefined) {
  const server = await streamServer({ onPeer, ...(refuse ? { refuse } : {}) })
  open.push(server.close)
  return { server, env: { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' } }
}

const rendered = {
  id: 'id-2',
  level: 'flash',
  audience: 'public',
  language: 'fa',
  headline: 'آتش‌بس',
  summary: 'S',
  url: 'https://n.example/2',
}

describe('listen', () => {
  test('prints JSON lines and nothing else on the standard output, and goes on from --after', async () => {
    const { server, env } = await serve((peer) => {
      for (const frame of [welcome(1, 'replay'), alert(2), live(2), alert(3)]) peer.send(frame)
    })
    const args = [
      'listen',
      '--json',
      '--count',
      '2',
      '--after',
      'e.1',
      '--lang',
      'fa,en',
      '--topic',
      'iran',
      '--level',
      'urgent',
    ]
    const { code, out, err } = await tocsin(args, { env })
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => JSON.parse(line))).toMatchObject([
      { seq: 2, replayed: true, cursor: 'e.2' },
      { seq: 3, replayed: false, cursor: 'e.3' },
    ])
    expect(err).toContain('tocsin listen --after e.3')
    expect(Object.fromEntries(server.peers[0]?.query ?? [])).toEqual({
      languages: 'fa,en',
      topics: 'iran',
      level: 'urgent',
      after: 'e.1',
    })
  })

  test('prints an entry for people: what was done, the text, the link, the note', async () => {
    const { env } = await serve((peer) => {
      peer.send(welcome(1))
      peer.send({ ...alert(2), kind: 'correction', alert: { ...rendered, note: 'It was four.' } })
    })
    const { out } = await tocsin(['listen', '--lang', 'fa', '--count', '1'], { env })
    for (const part of ['CORRECTION  flash', 'e.2', 'fa', 'آتش‌بس', 'https://n.example/2', 'It was four.'])
      expect(out).toContain(part)
  })

  const standing = { status: 'live', changedAt: '2026-01-01T00:00:00.000Z' }
  const three = { en: { headline: 'Ceasefire' }, fa: { headline: 'آتش‌بس' }, uk: { headline: 'Перемир’я' } }
  test.each<[string, object, readonly string[], readonly string[]]>([
    ['touches one language', { untouched: { fa: standing, uk: standing } }, ['en'], ['as before in fa, uk']],
    ['touches two', { untouched: { en: standing } }, ['fa', 'uk'], ['as before in en']],
    ['touches all', {}, ['en', 'fa', 'uk'], []],
    ['touches none', { untouched: { en: standing, fa: standing, uk: standing } }, [], ['as before in en, fa, uk']],
    ['brings one', { untouched: { en: standing }, addedLanguages: ['uk'] }, ['fa', 'uk'], ['Перемир’я (new here)']],
  ])('of a correction that %s, who hears all languages sees what it is about', async (_, more, told, besides) => {
    const { env } = await serve((peer) => {
      peer.send(welcome(1))
      peer.send({ ...alert(2), kind: 'correction', alert: { ...rendered, texts: three, note: {}, ...more } })
    })
    const { out } = await tocsin(['listen', '--count', '1'], { env })
    expect(out.split('\n').flatMap((line) => /^ {2}(en|fa|uk) /.exec(line)?.[1] ?? [])).toEqual(told)
    for (const part of besides) expect(out).toContain(part)
    expect(out.includes('as before')).toBe('untouched' in more)
    expect(out.includes('(new here)')).toBe('addedLanguages' in more)
  })

  test('without a language it asks for all and prints all texts', async () => {
    const { server, env } = await serve((peer) => {
      peer.send(welcome(1))
      peer.send({
        ...alert(2),
        alert: { ...rendered, texts: { en: { headline: 'Ceasefire' }, fa: { headline: 'آتش‌بس' } }, note: { en: 'N' } },
      })
    })
    const { out } = await tocsin(['listen', '--count', '1'], { env })
    expect(server.peers[0]?.query.get('languages')).toBe('*')
    expect(out).toMatch(/en +Ceasefire.*fa +آتش‌بس.*N/s)
  })

  test('Ctrl-C ends it with exit code 0 and the cursor', async () => {
    const stop = new AbortController()
    const { env } = await serve((peer) => {
      peer.send(welcome(7))
      setTimeout(() => stop.abort(), 50)
    })
    const { code, err } = await tocsin(['listen'], { env, stop: stop.signal })
    expect(code).toBe(0)
    expect(err).toContain('Stopped at e.7.')
  })

  test.each([
    ['12000', '12000'],
    ['4000', '4000'],
    ['auto', null],
    ['off', null],
  ])('--budget %s asks for that at the first connection: %s', async (value, asked) => {
    const stop = new AbortController()
    const { server, env } = await serve((peer) => {
      peer.send(welcome(7))
      setTimeout(() => stop.abort(), 50)
    })
    const { code } = await tocsin(['listen', '--budget', value], { env, stop: stop.signal })
    expect([code, server.peers[0]?.query.get('budget')]).toEqual([0, asked])
  })

  test.each(['3999', '1000001', '12kB', '-1', 'on', ''])('--budget %s is wrong usage', async (value) => {
    const { code, err } = await tocsin(['listen', '--budget', value])
    expect(code).toBe(2)
    expect(err).toContain('auto, off or a whole number from 4000 to 1000000')
  })

  test.each([
    ['by itself', []],
    ['over the event stream', ['--transport', 'events']],
    ['over a socket, which cannot tell why', ['--transport', 'socket']],
    ['with a key', ['--test']],
  ])('the first refusal ends it with exit code 1 and all the problem’s own words: %s', async (_, flags) => {
    const problem = {
      status: 422,
      code: 'invalid',
      detail: 'Two things are wrong.',
      errors: [
        { pointer: '/languages', detail: 'There is no language "xx" here.' },
        { pointer: '/topics', detail: 'There is no topic "yy" here.' },
      ],
    }
    const { env } = await serve(
      () => {},
      () => ({ status: 422, body: problem }),
    )
    const { code, out, err } = await tocsin(['listen', '--lang', 'xx', ...flags], { env })
    expect([code, out]).toEqual([1, ''])
    for (const { pointer, detail } of problem.errors) expect(err).toContain(`  ${pointer}  ${detail}`)
    expect(err).toContain('Refused (422 invalid): Two things are wrong.')
    expect(err).not.toContain('waiting')
  })

  test.each([400, 403, 404, 410])('an answer %i that is not the service’s own ends it as well', async (status) => {
    const { env } = await serve(
      () => {},
      () => ({ status }),
    )
    const { code, err } = await tocsin(['listen', '--after', 'e.4'], { env })
    expect(code).toBe(1)
    expect(err).toMatch(new RegExp(`Refused: http://127.0.0.1:\\d+/ answered ${status}, .*Check --url`))
    expect(err).not.toMatch(/waiting|Stopped/)
  })

  test('after the first message, a refusal is retried', async () => {
    const stop = new AbortController()
    let refusing = false
    const { server, env } = await serve(
      (peer) => peer.send(live(7)),
      () => (refusing ? { status: 404 } : undefined),
    )
    const ran = tocsin(['listen', '--transport', 'events'], { env, stop: stop.signal })
    const peer = await server.peer(0)
    refusing = true
    peer.close(1000)
    // Its second attempt at least, and then let in.
    await expect.poll(() => server.tries(), { timeout: 10_000 }).toBeGreaterThan(2)
    refusing = false
    ;(await server.peer(1)).send(live(8))
    stop.abort()
    expect((await ran).code).toBe(0)
  })

  test('the key is sent for the test audience only', async () => {
    const { server, env } = await serve((peer) => {
      peer.send(live(1))
      peer.send(alert(2))
    })
    await tocsin(['listen', '--test', '--count', '1', '--json'], { env })
    await tocsin(['listen', '--transport', 'events', '--count', '1', '--json'], { env })
    expect(server.peers.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined])
  })
})
