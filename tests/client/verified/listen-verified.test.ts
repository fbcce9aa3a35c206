import { expect, test } from 'vitest'
import type { Entry } from '../../../src/client/listen.ts'
import { platform } from '../../../src/client/platform.ts'
import { listenVerified, type Unverified, type VerifiedOptions } from '../../../src/client/verified/listen-verified.ts'
import type { Alert } from '../../../src/domain/alert-types.ts'
import type { KeyRing } from '../../../src/signing/key-ring.ts'
import { tcpProxy } from '../../support/postgres/tcp-proxy.ts'
import { english, publish, revise, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { ringOf, type SignedTestEntry, signedEntries } from '../../support/signing/signed-logs.ts'
import { live, serve, until, welcome, withoutJitter } from '../../support/streams/collected-events.ts'

const clean = cleaning()

/** What the callbacks were given, in order. */
function collect(url: string, options: Partial<VerifiedOptions>, fetch = platform.fetch) {
  const said: string[] = []
  const unverified: Unverified[] = []
  const listening = listenVerified({
    url,
    languages: ['en'],
    keys: 'pin',
    world: { ...withoutJitter, ...withoutPauses(), fetch },
    onEntry: ({ seq, alert }) => said.push(`${seq} ${alert.headline}`),
    onUnverified(entry) {
      unverified.push(entry)
      said.push(`${entry.seq} ${entry.reason}`)
    },
    onState: (state) => said.push(state),
    onReset: ({ head }) => said.push(`reset ${head}`),
    ...options,
  })
  clean(() => listening.close())
  return { said, unverified, listening }
}

/** Where the client waits until it asks for the keys again, only its clock moves on. */
function withoutPauses() {
  let aheadMs = 0
  return {
    now: () => Date.now() + aheadMs,
    later(ms: number, act: () => void) {
      if (ms !== 4_000) return platform.later(ms, act)
      aheadMs += ms
      return platform.later(0, act)
    },
  }
}

/** Answers for the newsroom; all else goes over the network. */
const newsroomOf =
  (keys: () => unknown, asked: string[] = []): typeof platform.fetch =>
  async (url, request) => {
    if (!url.endsWith('/v1/newsroom')) return platform.fetch(url, request)
    asked.push(url)
    const signingKeys = keys()
    if (signingKeys instanceof Error) throw signingKeys
    return Response.json({ signingKeys })
  }

const frame = (entry: SignedTestEntry) => ({ type: 'alert', cursor: `e.${entry.seq}`, ...entry })
const about = { audience: 'public', language: 'en', level: 'urgent', topics: [] as string[] }
const alerts = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({ ...about, id: `id-${nth}`, headline: `News ${nth}` }))
const entriesOf = (ring: KeyRing, count: number) => signedEntries(ring, 'e', alerts(count))

/** A storage that remembers, as an app's. */
function memory(stored?: unknown) {
  const kept = { value: stored }
  return {
    kept,
    storage: {
      read: async () => kept.value,
      write: async (keys: unknown) => {
        kept.value = JSON.parse(JSON.stringify(keys))
      },
    },
  }
}

test('what was changed on the way, has no proof or is of another key comes without its text, in its place', async () => {
  const server = await serve()
  const ring = ringOf(0)
  const [first, second, third, fourth] = entriesOf(ring, 4)
  const [foreign] = entriesOf(ringOf(0), 1)
  if (!first || !second || !third || !fourth || !foreign) throw new Error('too few')
  const { said, unverified, listening } = collect(
    server.url,
    { after: 'e.0' },
    newsroomOf(() => ring.keys),
  )
  const { proof: _, ...bare } = second.alert
  const peer = await server.peer(0)
  const changed = { ...third, alert: { ...third.alert, headline: 'News 3' } }
  const frames = [first, { ...second, alert: bare }, changed, fourth, { ...foreign, seq: 9 }].map((it) =>
    frame(it as SignedTestEntry),
  )
  for (const it of [welcome(0, 'replay'), ...frames, live(9)]) peer.send(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(said).toEqual([
    ...['connecting', 'replaying', '1 News 0', '3 unsigned', '5 forged', '7 News 3', '9 unknown-key', 'live'],
  ])
  expect(Object.keys(unverified[1] ?? {}).sort()).toEqual(['cursor', 'reason', 'replayed', 'seq'])
  expect(unverified.map(({ keyId }) => keyId)).toEqual([undefined, undefined, foreign.alert.proof.key])
  expect(listening.cursor).toBe('e.9')
})

test('the cursor is that of what was given on, not of what waits to be verified', async () => {
  const server = await serve()
  const ring = ringOf(0)
  const { said, listening } = collect(
    server.url,
    {
      after: 'e.0',
      onEntry({ seq, cursor }) {
        expect(listening.cursor).toBe(cursor)
        said.push(String(seq))
        if (seq === 3) listening.close()
      },
    },
    newsroomOf(() => ring.keys),
  )
  const peer = await server.peer(0)
  for (const it of [welcome(0, 'replay'), ...entriesOf(ring, 3).map(frame), live(5)]) peer.send(it)
  await until(() => expect(said).toContain('stopped'))
  expect(said).toEqual(['connecting', 'replaying', '1', '3', 'stopped'])
  expect(listening.cursor).toBe('e.3')
})

test('who is away for three rotations follows from the pinned key, and asks for the keys once', async () => {
  const ring = ringOf(3)
  const [, , , oldest] = ring.keys
  const asked: string[] = []
  const { storage, kept } = memory([oldest])
  const server = await serve()
  const { said } = collect(
    server.url,
    { keyStorage: storage, after: 'e.0' },
    newsroomOf(() => ring.keys, asked),
  )
  const peer = await server.peer(0)
  for (const it of [welcome(0, 'replay'), ...entriesOf(ring, 3).map(frame), live(5)]) peer.send(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(said).toEqual(['connecting', 'replaying', '1 News 0', '3 News 1', '5 News 2', 'live'])
  expect(asked.length).toBe(1)
  expect(kept.value).toEqual(ring.keys)
})

test.each([
  ['another newsroom’s keys', () => ringOf(2).keys],
  ['none', () => undefined],
  ['no answer', () => new Error('unreachable')],
  ['something else', () => 'keys'],
])('a pinned key stays when the service tells %s, which is asked three times at most', async (_, told) => {
  const [pinned] = ringOf(0).keys
  const asked: string[] = []
  const { storage, kept } = memory([pinned])
  const server = await serve()
  const { said } = collect(server.url, { keyStorage: storage, after: 'e.0' }, newsroomOf(told, asked))
  const peer = await server.peer(0)
  for (const it of [welcome(0, 'replay'), ...entriesOf(ringOf(0), 2).map(frame), live(5)]) peer.send(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(said.slice(2)).toEqual(['1 unknown-key', '3 unknown-key', 'live'])
  expect([asked.length, kept.value]).toEqual([3, [pinned]])
})

test('keys that the newsroom has told on another way are trusted, and no first sight is', async () => {
  const ring = ringOf(1)
  const server = await serve()
  const { said } = collect(
    server.url,
    { keys: [ringOf(0).keys[0].publicKey], after: 'e.0' },
    newsroomOf(() => ring.keys),
  )
  const right = collect(
    server.url,
    { keys: [String(ring.keys[1]?.publicKey)], after: 'e.0' },
    newsroomOf(() => ring.keys),
  )
  for (const nth of [0, 1]) {
    const peer = await server.peer(nth)
    for (const it of [welcome(0, 'replay'), ...entriesOf(ring, 1).map(frame), live(1)]) peer.send(it)
  }
  await until(() => expect([said.at(-1), right.said.at(-1)]).toEqual(['live', 'live']))
  expect([said[2], right.said[2]]).toEqual(['1 unknown-key', '1 News 0'])
})

test.each<[string, () => unknown]>([
  ['the former keys', () => undefined],
  ['no answer', () => new Error('unreachable')],
])(
  'while a node tells %s, entries of the next key are held in order, and given on when another tells it',
  async (_, told) => {
    const ring = ringOf(1)
    const [, former] = ring.keys
    let asks = 0
    const { storage, kept } = memory([former])
    const server = await serve()
    const { said, listening } = collect(
      server.url,
      { keyStorage: storage, after: 'e.0' },
      newsroomOf(() => {
        asks += 1
        return asks === 3 ? ring.keys : (told() ?? [former])
      }),
    )
    const peer = await server.peer(0)
    for (const it of [welcome(0, 'replay'), ...entriesOf(ring, 2).map(frame), live(5)]) peer.send(it)
    await until(() => expect(said.at(-1)).toBe('live'))
    expect(said.slice(2)).toEqual(['1 News 0', '3 News 1', 'live'])
    expect([kept.value, listening.cursor, asks]).toEqual([ring.keys, 'e.5', 3])
  },
)

test('an entry that is held when it ends is given to nobody, the cursor stays, and nobody is asked any more', async () => {
  const asked: string[] = []
  const server = await serve()
  const { said, listening } = collect(server.url, {
    after: 'e.0',
    world: { ...withoutJitter, fetch: newsroomOf(() => undefined, asked) },
  })
  const peer = await server.peer(0)
  for (const it of [welcome(0, 'replay'), ...entriesOf(ringOf(0), 2).map(frame)]) peer.send(it)
  await until(() => expect([asked.length, said.at(-1)]).toEqual([1, 'replaying']))
  listening.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([asked.length, said.slice(1), listening.cursor]).toEqual([1, ['replaying', 'stopped'], 'e.0'])
})

test('a storage that fails once is asked again, and what came meanwhile is told without its text', async () => {
  const ring = ringOf(0)
  let reads = 0
  const keyStorage = {
    async read() {
      reads += 1
      if (reads <= 2) throw new Error('the storage is busy')
      return ring.keys
    },
    write: async () => {},
  }
  for (const keys of ['pin', [ring.keys[0].publicKey]] as const) {
    reads = 0
    const server = await serve()
    const { said, listening } = collect(
      server.url,
      { keys, keyStorage, after: 'e.0', mirrors: false },
      newsroomOf(() => ring.keys),
    )
    await until(() => expect(reads).toBe(1))
    const peer = await server.peer(0)
    for (const it of [welcome(0, 'replay'), ...entriesOf(ring, 3).map(frame), live(5)]) peer.send(it)
    await until(() => expect(said.at(-1)).toBe('live'))
    expect(said.slice(2)).toEqual(['1 unavailable', '3 News 1', '5 News 2', 'live'])
    expect(listening.cursor).toBe('e.5')
  }
})

test.each([
  [undefined, ['public']],
  ['public', ['public']],
  ['test', ['test']],
  ['all', ['public', 'test']],
] as const)(
  'who asks for the audience %s is given no entry of another, though it is genuine',
  async (audience, given) => {
    const ring = ringOf(0)
    const all = ['public', 'test'].map((it) => ({ ...about, id: it, headline: it, audience: it }))
    const server = await serve()
    const { said } = collect(
      server.url,
      { audience, after: 'e.0', transport: 'socket' },
      newsroomOf(() => ring.keys),
    )
    const peer = await server.peer(0)
    for (const it of [welcome(0, 'replay'), ...signedEntries(ring, 'e', all).map(frame), live(3)]) peer.send(it)
    await until(() => expect(said.at(-1)).toBe('live'))
    const seen = all.map(({ audience: it }, nth) =>
      given.some((one) => one === it) ? `${nth * 2 + 1} ${it}` : `${nth * 2 + 1} wrong-audience`,
    )
    expect(said.slice(2)).toEqual([...seen, 'live'])
  },
)

test('a cached answer is not taken for the service’s keys', async () => {
  const asked: unknown[] = []
  const { listening } = collect('http://127.0.0.1:1', {}, async (url, request) => {
    if (url.endsWith('/v1/newsroom')) asked.push(request.cache)
    throw new Error('unreachable')
  })
  await until(() => expect(asked).toEqual(['no-store']))
  listening.close()
})

test('where the keys cannot be had at first sight nothing is shown, and the next entry asks again later', async () => {
  const server = await serve()
  const { said } = collect(
    server.url,
    { after: 'e.0' },
    newsroomOf(() => new Error('unreachable')),
  )
  const peer = await server.peer(0)
  for (const it of [welcome(0, 'replay'), ...entriesOf(ringOf(0), 1).map(frame), live(1)]) peer.send(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(said[2]).toBe('1 no-keys')
})

test('more entries than are held at once are resumed after, each once and in order', async () => {
  const ring = ringOf(0)
  const entries = entriesOf(ring, 2_500)
  const server = await serve({
    onPeer(peer) {
      const after = Number(String(peer.query.get('after')).slice(2))
      peer.send(welcome(after, 'replay'))
      for (const entry of entries) if (entry.seq > after) peer.send(frame(entry))
      peer.send(live(5_000))
    },
  })
  const { said } = collect(
    server.url,
    { after: 'e.0', onState: () => {} },
    newsroomOf(() => ring.keys),
  )
  await until(() => expect(said.length).toBe(2_500))
  expect(said).toEqual(entries.map(({ seq }, nth) => `${seq} News ${nth}`))
  expect(server.peers.length).toBeGreaterThan(1)
}, 20_000)

test.each([
  ['no key', { keys: [] }],
  ['a key that is none', { keys: ['abc'] }],
  ['a key with bits that are left over', { keys: [`${'A'.repeat(42)}B`] }],
  ['a key that is none behind one', { keys: ['A'.repeat(43), 'é'.repeat(43)] }],
])('%s can never be verified', (_, options) => {
  expect(() => collect('http://127.0.0.1:1', options)).toThrow(TypeError)
})

test.each(['socket', 'events'] as const)(
  'of a real service over %s, a proxy that changes one byte of an alert shows nothing of it',
  async (transport) => {
    const service = await startNode(scratchFolder(clean))
    clean(() => service.end('SIGKILL'))
    const pass = (bytes: Buffer) => {
      const at = bytes.indexOf('Valley is safe')
      return at === -1 ? bytes : Buffer.concat([bytes.subarray(0, at), Buffer.from('W'), bytes.subarray(at + 1)])
    }
    const { port } = await tcpProxy(Number(new URL(service.url).port), clean, { accepts: () => true, pass })
    const { said } = collect(`http://127.0.0.1:${port}`, { transport })
    await until(() => expect(said).toContain('live'))
    for (const headline of ['Before', 'Valley is safe', 'After']) await publish(service.url, english(headline))
    await until(() => expect(said.slice(2)).toEqual(['1 Before', '2 forged', '3 After']))
  },
)

test.each([[undefined], [[]], ['*'], [['*']]] as const)(
  'of a real service, alerts in all languages (%o) are verified in each, and one byte changed shows nothing',
  async (languages) => {
    const service = await startNode(scratchFolder(clean))
    clean(() => service.end('SIGKILL'))
    const pass = (bytes: Buffer) => {
      const at = bytes.indexOf('Le pont tient')
      return at === -1 ? bytes : Buffer.concat([bytes.subarray(0, at), Buffer.from('W'), bytes.subarray(at + 1)])
    }
    const { port } = await tcpProxy(Number(new URL(service.url).port), clean, { accepts: () => true, pass })
    const entries: Entry<Alert>[] = []
    const told: string[] = []
    const listening = listenVerified<Alert>({
      ...{ url: `http://127.0.0.1:${port}`, languages, keys: 'pin', transport: 'socket', mirrors: false },
      onEntry: (entry) => entries.push(entry),
      onUnverified: ({ seq, reason }) => told.push(`${seq} ${reason}`),
      onState: (state) => told.push(state),
    })
    clean(() => listening.close())
    await until(() => expect(told).toContain('live'))
    const text = (headline: string) => ({ headline, summary: '' })
    const { alert } = await publish(service.url, { texts: { en: text('The bridge holds'), fa: text('پل') } })
    await revise(service.url, alert.id, 'update', { texts: { ru: text('Le pont tient') } })
    await revise(service.url, alert.id, 'retraction', { note: { en: 'It was wrong.' } })
    await publish(service.url, english('After'))
    await until(() => expect(entries.length).toBe(2))
    expect(told.filter((it) => /^\d/.test(it))).toEqual(['2 forged', '3 forged'])
    expect(entries.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual(['1 alert', '4 alert'])
    expect(entries[0]?.alert).not.toHaveProperty('proofs')
    expect(entries[0]?.alert.texts).toEqual({ en: text('The bridge holds'), fa: text('پل') })
    expect(listening.cursor).toBe(entries[1]?.cursor)
  },
)

test('a change of the interest to all languages and back gives both forms, each verified', async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const { said, listening } = collect(service.url, {
    transport: 'socket',
    onEntry: ({ seq, alert }) =>
      said.push(`${seq} ${'texts' in alert ? Object.keys(alert.texts as object).join() : alert.headline}`),
    onInterest: () => said.push('changed'),
  })
  await until(() => expect(said).toContain('live'))
  await publish(service.url, english('One'))
  for (const languages of ['*', ['en']] as const) {
    const before = said.filter((it) => it === 'changed').length
    listening.change({ languages })
    await until(() => expect(said.filter((it) => it === 'changed').length).toBe(before + 1))
    await publish(service.url, english('Next'))
  }
  await until(() => expect(said.filter((it) => /^\d/.test(it))).toEqual(['1 One', '2 en', '3 Next']))
})
