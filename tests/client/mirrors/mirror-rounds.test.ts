import { expect, test, vi } from 'vitest'
import { listenVerified, type VerifiedOptions } from '../../../src/client/verified/listen-verified.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { bundleReadBytesMax } from '../../../src/signing/bundle-format.ts'
import { rotatedRing, signingOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { tcpProxy } from '../../support/postgres/tcp-proxy.ts'
import { cleaning } from '../../support/scratch.ts'
import { fastWorld, mirrorServers } from '../../support/signing/mirror-servers.ts'
import {
  newSeed,
  noon,
  ringOf,
  type SignedTestEntry,
  signedEntries,
  timeOf,
} from '../../support/signing/signed-logs.ts'
import { alertIn, bundleFrom, bundleText } from '../../support/signing/test-bundles.ts'
import { live, serve, welcome } from '../../support/streams/collected-events.ts'

const clean = cleaning()
/** The clock runs so fast that a busy machine makes rounds fail: the next ones come. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 })
const epoch = 'k3f9'
const formerRing = ringOf(0)
const ring = rotatedRing(nodeSigner, formerRing, newSeed(), noon)
const ids = Array.from({ length: 60 }, (_, nth) => `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}`)
const all = signedEntries(
  ring,
  epoch,
  ids.map((id, nth) => alertIn('en', `News ${nth}`, { id })),
  Date.now() - 60_000,
)
/** The time of both of a bundle's statements. */
const asOf = (ms = Date.now()) => ({ statementAt: timeOf(ms), headAt: timeOf(ms) })
/** A bundle of the newest entries of the log when it had so many, as of now. */
const bundleOfFirst = (count: number, size = 50, more = {}) =>
  bundleFrom(ring, all.slice(Math.max(0, count - size), count), 'en', {
    ...{ epoch, ...asOf() },
    ...more,
  })
const frame = (entry: SignedTestEntry) => ({ type: 'alert', cursor: `${epoch}.${entry.seq}`, ...entry })
const listOf = (urls: readonly string[], at: string) => signedMirrors(signingOf(nodeSigner, ring).signer, { urls, at })
const urlOf = (name: string) => `https://${name}/`
const names = ['one.example', 'two.example', 'three.example']

/** A storage of an app that knows the key, and perhaps the mirrors. */
function storageWith(mirrors?: unknown, seen?: unknown) {
  const kept: { keys: unknown; mirrors: unknown; seen: unknown } = { keys: ring.keys, mirrors, seen }
  return {
    kept,
    storage: {
      read: async () => kept.keys,
      write: async (keys: unknown) => void Object.assign(kept, { keys }),
      readMirrors: async () => kept.mirrors,
      writeMirrors: async (list: object) => void Object.assign(kept, { mirrors: list }),
      readSeen: async () => kept.seen,
      writeSeen: async (it: object) => void Object.assign(kept, { seen: it }),
    },
  }
}

/** A service whose connections a test makes fall silent, neither closed nor refused, and the mirrors that it has told. */
async function service(mirrors: readonly string[] = names) {
  const log = { length: 0 }
  const server = await serve({
    onPeer(peer) {
      const after = Number(String(peer.query.get('after')).split('.')[1])
      peer.send(welcome(after, 'replay', epoch))
      for (const entry of all.slice(0, log.length)) if (entry.seq > after) peer.send(frame(entry))
      peer.send(live(log.length === 0 ? 0 : log.length * 2 - 1, epoch))
    },
  })
  let isFrozen = false
  const proxy = await tcpProxy(Number(new URL(server.url).port), clean, {
    accepts: () => true,
    pass: (bytes) => (isFrozen ? null : bytes),
    passesEnd: () => !isFrozen,
  })
  const servers = await mirrorServers(clean)
  let told = listOf(mirrors.map(urlOf), timeOf(Date.now() - 3_600_000))
  return {
    ...{ log, server, servers, url: `http://127.0.0.1:${proxy.port}` },
    tell: (list: typeof told) => {
      told = list
    },
    freeze() {
      isFrozen = true
      // A connection that is frozen stays so.
      for (const { server: socket } of proxy.connections) socket.destroy()
    },
    thaw() {
      isFrozen = false
      proxy.cut()
    },
    fetch: (async (address, request) => {
      if (!address.endsWith('/v1/newsroom')) return servers.fetch(address, request)
      if (isFrozen) throw new Error('unreachable')
      return Response.json({ signingKeys: ring.keys, mirrors: told })
    }) satisfies typeof servers.fetch,
  }
}

function collect(
  { url, fetch }: Pick<Awaited<ReturnType<typeof service>>, 'url' | 'fetch'>,
  more: Partial<VerifiedOptions> = {},
) {
  const said: string[] = []
  const listening = listenVerified({
    ...{ url, languages: ['en'], keys: 'pin', after: `${epoch}.0`, budget: false },
    world: { ...fastWorld(60), fetch },
    onEntry: ({ alert, via }) => said.push(`${alert.headline}${via === undefined ? '' : ` via ${via.mirror}`}`),
    onUnverified: ({ reason }) => said.push(reason),
    onState: (state, detail) => {
      const { via } = Object(detail)
      said.push(via === undefined ? state : `${state} via ${via.mirror}`)
    },
    onReset: ({ reason, head, snapshot }) => said.push(`${reason} ${head} ${new URL(snapshot).pathname}`),
    ...more,
  })
  clean(() => listening.close())
  return { said, listening, entries: () => said.filter((it) => it.startsWith('News')) }
}

test('when the service falls silent, the next alert comes from the one of three mirrors that is neither hostile nor stale, and nothing twice when it lives again', async () => {
  const it = await service()
  it.log.length = 2
  const { storage, kept } = storageWith()
  const { said, entries, listening } = collect(it, { keyStorage: storage })
  await until(() => expect([said.at(-1), kept.mirrors]).toEqual(['live', expect.anything()]))
  it.freeze()
  const good = bundleOfFirst(4)
  it.servers.set('one.example', bundleText(bundleOfFirst(5)).replaceAll('News', 'Olds'))
  it.servers.set('two.example', bundleOfFirst(2, 50, asOf(Date.now() - 86_400_000)))
  it.servers.set('three.example', good)
  await until(() => expect(entries().length).toBe(4))
  expect(entries()).toEqual(['News 0', 'News 1', 'News 2 via three.example', 'News 3 via three.example'])
  expect(said.filter((one) => one.includes('via')).at(0)).toMatch(/^(connecting|waiting) via/)
  expect(listening.cursor).toBe(`${epoch}.7`)
  it.log.length = 6
  it.thaw()
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(entries().slice(4)).toEqual(['News 4', 'News 5'])
  expect(new Set(it.servers.asked)).toEqual(new Set(names.map((name) => `${name}/bundles/en.json`)))
  // What had come from the mirror was not asked for again.
  expect(it.server.peers.at(-1)?.query.get('after')).toBe(`${epoch}.7`)
})

const otherRing = ringOf(1)
const foreign = signedEntries(otherRing, epoch, [alertIn('en', 'News of others')])
test.each<[string, () => Parameters<Awaited<ReturnType<typeof mirrorServers>>['set']>[1]]>([
  ['of other keys', () => bundleFrom(otherRing, foreign, 'en', { epoch, head: 99 })],
  ['that holds back its newest entry', () => ({ ...bundleOfFirst(9), entries: bundleOfFirst(9).entries.slice(0, -1) })],
  ['of another language', () => ({ ...bundleOfFirst(9), language: 'fa' })],
  ['genuine, but of another language than was asked for', () => bundleFrom(ring, [], 'fa', { epoch, head: 99 })],
  ['older than what was seen', () => bundleOfFirst(1)],
  ['that is cut off', () => bundleText(bundleOfFirst(9)).slice(0, -9)],
  ['that is no bundle', () => '<!doctype html><title>Blocked</title>'],
  ['too large', () => ' '.repeat(bundleReadBytesMax) + bundleText(bundleOfFirst(9))],
  ['with a redirect', () => (_, response) => void response.writeHead(302, { location: urlOf('two.example') }).end()],
  ['that drips', () => (_, response) => void response.writeHead(200).write('{')],
])('a mirror %s is passed over without a word, and another one tried', async (_, answer) => {
  const it = await service(['one.example', 'two.example'])
  it.log.length = 2
  const { said, entries } = collect(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  await until(() => expect(entries().length).toBe(2))
  it.servers.set('one.example', answer())
  it.freeze()
  await until(() => expect(it.servers.asked.filter((one) => one.startsWith('two')).length).toBeGreaterThanOrEqual(2))
  expect(said.filter((one) => one.includes('via') || one.includes('others'))).toEqual([])
  it.servers.set('two.example', bundleOfFirst(3))
  await until(() => expect(entries()).toEqual(['News 0', 'News 1', 'News 2 via two.example']))
})

const farAhead = `${epoch}.999999999999`
const aheadOf = (entry: SignedTestEntry | undefined) => ({
  type: 'alert',
  cursor: farAhead,
  ...entry,
  seq: 999_999_999_999,
})
test.each<[string, object]>([
  ['a heartbeat', { type: 'head', cursor: farAhead, at: timeOf(noon) }],
  ['the end of a replay', { type: 'live', cursor: farAhead }],
  ['a forged entry', aheadOf(all[5])],
  ['a reset', { type: 'reset', reason: 'cursor-too-old', head: farAhead, snapshot: '/v1/alerts' }],
])('%s that names a position far ahead keeps no alert of a mirror back', async (_, message) => {
  const it = await service()
  it.log.length = 2
  const { said, entries, listening } = collect(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  await until(() => expect(entries().length).toBe(2))
  // Once the mirrors are known the connection is replaced by one with frequent heartbeats.
  await until(() => expect(it.server.peers.at(-1)?.query.get('heartbeat')).toBe('4'))
  await until(() => expect(said.at(-1)).toBe('live'))
  it.server.peers.at(-1)?.send(message)
  await until(() => expect(listening.cursor).toBe(farAhead))
  it.freeze()
  it.servers.set('one.example', bundleOfFirst(4))
  await until(() => expect(entries().length).toBe(4))
  expect(entries().slice(2)).toEqual(['News 2 via one.example', 'News 3 via one.example'])
})

const known = () => listOf([urlOf('one.example')], timeOf(Date.now()))
test.each<[string, string, string]>([
  ['far ahead', farAhead, `cursor-ahead ${epoch}.0`],
  ['a little ahead', `${epoch}.8`, `cursor-ahead ${epoch}.0`],
  ['of another log', 'zz9.3', `log-changed ${epoch}.0`],
  ['far ahead in another log', 'zz9.999999999999', `log-changed ${epoch}.0`],
])('a position %s that an app has kept hides nothing that a mirror of the present has', async (_, after, reset) => {
  const it = await service()
  it.freeze()
  const { readSeen: _read, writeSeen: _write, ...storage } = storageWith(known()).storage
  it.servers.set('one.example', bundleOfFirst(4))
  const { said, entries, listening } = collect(it, { after, keyStorage: storage })
  await until(() => expect(entries().length).toBe(4))
  expect(said.filter((one) => one.includes('/v1/alerts'))).toEqual([`${reset} /v1/alerts`])
  expect(listening.cursor).toBe(`${epoch}.7`)
  it.log.length = 5
  it.thaw()
  await until(() => expect(said.at(-1)).toBe('live'))
  // The service, which has more by now, is asked for what follows.
  expect(it.server.peers.at(-1)?.query.get('after')).toBe(`${epoch}.7`)
  expect(entries()).toEqual([0, 1, 2, 3].map((nth) => `News ${nth} via one.example`).concat('News 4'))
})

test('a position that an app has kept stays where only old copies have less', async () => {
  const it = await service()
  it.freeze()
  it.servers.set('one.example', bundleOfFirst(4, 50, asOf(Date.now() - 3_600_000)))
  const { said, listening } = collect(it, { after: `${epoch}.9`, keyStorage: storageWith(known()).storage })
  await until(() => expect(it.servers.asked.length).toBeGreaterThanOrEqual(3))
  expect([said.filter((one) => one.startsWith('News')), listening.cursor]).toEqual([[], `${epoch}.9`])
})

test.each<[string, string]>([
  ['far ahead', farAhead],
  ['that the log reaches since', `${epoch}.5`],
  ['of another log', 'zz9.3'],
])(
  'where an app keeps what was verified, a position %s that only the service has told hides nothing, and nothing comes twice',
  async (_, told) => {
    const it = await service()
    it.log.length = 2
    const { storage, kept } = storageWith(known())
    const first = collect(it, { keyStorage: storage })
    await until(() => expect(first.said.at(-1)).toBe('live'))
    await until(() => expect(kept.seen).toMatchObject({ epoch, head: 3 }))
    it.server.peers.at(-1)?.send({ type: 'reset', reason: 'log-changed', head: told, snapshot: '/v1/alerts' })
    await until(() => expect(first.listening.cursor).toBe(told))
    first.listening.close()
    it.freeze()
    it.servers.set('one.example', bundleOfFirst(4))
    const { said, entries } = collect(it, { after: told, keyStorage: storage })
    await until(() => expect(entries().length).toBe(2))
    expect(entries()).toEqual(['News 2 via one.example', 'News 3 via one.example'])
    expect(said.filter((one) => one.includes('/v1/alerts'))).toEqual([])
    await until(() => expect(kept.seen).toMatchObject({ epoch, head: 7 }))
  },
)

test.each<[string, unknown]>([
  ['malformed', { epoch: 7, head: 'x' }],
  ['a negative head', { epoch, head: -1, at: timeOf(Date.now()) }],
  ['a head that is no whole number', { epoch, head: 2.5, at: timeOf(Date.now()) }],
  ['a storage that fails', new Error('closed')],
])('what was verified is not known (%s): the app’s own position counts', async (_, seen) => {
  const it = await service()
  it.freeze()
  const { storage } = storageWith(known())
  const readSeen = async () => {
    if (seen instanceof Error) throw seen
    return seen
  }
  it.servers.set('one.example', bundleOfFirst(4))
  const { entries } = collect(it, { after: `${epoch}.5`, keyStorage: { ...storage, readSeen } })
  await until(() => expect(entries()).toEqual(['News 3 via one.example']))
})

test.each<[string, object, string]>([
  ['of another log, as new', { epoch: 'zz9', head: 5, at: timeOf(Date.now()) }, `${epoch}.3`],
  ['of another log, older', { epoch: 'zz9', head: 5, at: timeOf(Date.now() - 3_600_000) }, `${epoch}.3`],
  ['of another log, newer', { epoch: 'zz9', head: 5, at: timeOf(Date.now() + 40 * 3_600_000) }, `${epoch}.3`],
  ['of another log, far ahead', { epoch: 'zz9', head: 9e14, at: timeOf(Date.now() + 90 * 86_400_000) }, `${epoch}.3`],
  ['of a negative head', { epoch, head: -5, at: timeOf(Date.now()) }, `${epoch}.3`],
  ['ahead of the clock', { epoch, head: 3, at: timeOf(Date.now() + 40 * 3_600_000) }, `${epoch}.3`],
])('what an app has kept as verified %s hides nothing of the log of its cursor', async (_, seen, after) => {
  const it = await service()
  it.freeze()
  it.servers.set('one.example', bundleOfFirst(4, 50, asOf(Date.now() - 20 * 60_000)))
  const { said, entries, listening } = collect(it, { after, keyStorage: storageWith(known(), seen).storage })
  await until(() => expect(entries()).toEqual(['News 2 via one.example', 'News 3 via one.example']))
  expect(said.filter((one) => one.includes('/v1/alerts'))).toEqual([])
  expect(listening.cursor).toBe(`${epoch}.7`)
  it.log.length = 5
  it.thaw()
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(entries()).toEqual(['News 2 via one.example', 'News 3 via one.example', 'News 4'])
})

test('the time of what was kept of another log does not make a mirror’s file of two days before a stale one', async () => {
  const it = await service()
  it.freeze()
  it.servers.set('one.example', bundleOfFirst(4, 50, asOf(Date.now() - 48 * 3_600_000)))
  const seen = { epoch: 'zz9', head: 5, at: timeOf(Date.now()) }
  const { said, entries } = collect(it, { after: `${epoch}.3`, keyStorage: storageWith(known(), seen).storage })
  await until(() => expect(entries()).toEqual(['News 2 via one.example', 'News 3 via one.example']))
  expect(said.filter((one) => one.includes('/v1/alerts'))).toEqual([])
})

test('what was kept with a time ahead of the clock does not hide that the log was begun anew', async () => {
  const it = await service()
  it.freeze()
  it.servers.set('one.example', (_, response) => void response.end(bundleText(bundleOfFirst(4))))
  const seen = { epoch: 'zz9', head: 5, at: timeOf(Date.now() + 40 * 3_600_000) }
  const { said, entries } = collect(it, { after: 'zz9.5', keyStorage: storageWith(known(), seen).storage })
  await until(() => expect(entries().length).toBe(4))
  expect(said.filter((one) => one.includes('/v1/alerts'))).toEqual([`log-changed ${epoch}.0 /v1/alerts`])
})

test('a mirror that does not reach back to the cursor brings what it has, and says that entries may be missing', async () => {
  const it = await service()
  it.log.length = 2
  const { said } = collect(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  it.freeze()
  it.servers.set('one.example', bundleOfFirst(40, 3))
  await until(() => expect(said.at(-1)).toBe('News 39 via one.example'))
  expect(said.slice(-4)).toEqual([
    `cursor-too-old ${epoch}.74 /v1/alerts`,
    ...[37, 38, 39].map((nth) => `News ${nth} via one.example`),
  ])
  it.log.length = 41
  it.thaw()
  await until(() => expect(said.at(-1)).toBe('live'))
  expect(said.filter((one) => one.startsWith('News')).at(-1)).toBe('News 40')
})

test('a log that was begun anew is told, and gone on with at the service', async () => {
  const it = await service()
  it.log.length = 2
  const { said, listening } = collect(it)
  await until(() => expect(said.at(-1)).toBe('live'))
  it.freeze()
  const later = signedEntries(ring, 'k4', [alertIn('en', 'News of k4')], Date.now())
  it.servers.set('one.example', bundleFrom(ring, later, 'en', { epoch: 'k4', ...asOf() }))
  await until(() => expect(said).toContain('News of k4 via one.example'))
  expect(said).toContain('log-changed k4.0 /v1/alerts')
  expect(listening.cursor).toBe('k4.1')
  it.thaw()
  await until(() => expect(it.server.peers.at(-1)?.query.get('after')).toBe('k4.1'))
})

test('who begins while the service is away knows the mirrors from the storage, and learns later ones and a rotated key from a bundle', async () => {
  const it = await service()
  it.freeze()
  const { signer } = signingOf(nodeSigner, formerRing)
  const { storage, kept } = storageWith(signedMirrors(signer, { urls: [urlOf('one.example')], at: timeOf(noon) }))
  kept.keys = ring.keys.slice(1)
  const { said, entries } = collect(it, { keyStorage: storage })
  it.servers.set('one.example', bundleOfFirst(1, 50, { mirrors: [urlOf('two.example')], mirrorsAt: timeOf(noon + 1) }))
  await until(() => expect(entries()).toEqual(['News 0 via one.example']))
  await until(() => expect(kept).toMatchObject({ keys: ring.keys, mirrors: { urls: [urlOf('two.example')] } }))
  it.servers.set('one.example', bundleOfFirst(3))
  it.servers.set('two.example', bundleOfFirst(2))
  await until(() => expect(entries().length).toBe(2))
  expect(entries()[1]).toBe('News 1 via two.example')
  expect(said.every((one) => !one.startsWith('live'))).toBe(true)
})

test.each<[string, object]>([
  ['with an address in the own network', listOf(['https://192.168.1.1/'], timeOf(Date.now()))],
  ['with another scheme', listOf(['file:///etc/'], timeOf(Date.now()))],
  [
    'of a stranger',
    signedMirrors(signingOf(nodeSigner, otherRing).signer, { urls: [urlOf('two.example')], at: timeOf(Date.now()) }),
  ],
  ['older than the one that is known', listOf([urlOf('two.example')], timeOf(Date.now() - 9e7))],
])('a list %s is not taken, from the service either', async (_, list) => {
  const it = await service()
  const { storage, kept } = storageWith(listOf([urlOf('one.example')], timeOf(Date.now() - 86_400_000)))
  it.tell(list as ReturnType<typeof listOf>)
  const before = kept.mirrors
  const { said } = collect(it, { keyStorage: storage })
  await until(() => expect(said.at(-1)).toBe('live'))
  it.freeze()
  await until(() => expect(it.servers.asked.length).toBeGreaterThanOrEqual(2))
  expect(new Set(it.servers.asked)).toEqual(new Set(['one.example/bundles/en.json']))
  expect(kept.mirrors).toBe(before)
})

test('no mirror is asked while the service answers, or where the app wants none or the tests', async () => {
  const it = await service()
  const known = () => storageWith(listOf(names.map(urlOf), timeOf(Date.now()))).storage
  const world = { ...fastWorld(10), fetch: it.fetch }
  const answered = collect(it, { keyStorage: known(), world })
  await until(() => expect(answered.said.at(-1)).toBe('live'))
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  // Where the machine was busy, the connection may have taken long by this clock.
  await pause(50)
  const before = it.servers.asked.splice(0).length
  await pause(600)
  expect([before < 3, it.servers.asked]).toEqual([true, []])
  answered.listening.close()
  it.freeze()
  const others = [
    collect(it, { keyStorage: known(), mirrors: false }),
    collect(it, { keyStorage: known(), audience: 'all' }),
    collect(it, { keyStorage: known(), audience: 'test' }),
  ]
  const wanted = collect(it, { keyStorage: known() })
  await until(() => expect(it.servers.asked.length).toBeGreaterThanOrEqual(3))
  for (const { listening } of [...others, wanted]) listening.close()
  expect(it.servers.asked.length).toBeLessThan(9)
})

test('a mirror that is named by hand is asked without a list, and nothing is given on after the end', async () => {
  const it = await service([])
  it.freeze()
  it.servers.set('mine.example', bundleOfFirst(5))
  const { said, listening } = collect(it, {
    keys: [ring.keys[0].publicKey],
    mirrors: ['http://mine.example/copy'],
    onEntry({ alert }) {
      said.push(alert.headline)
      if (alert.headline === 'News 1') listening.close()
    },
  })
  await until(() => expect(said.at(-1)).toBe('stopped'))
  expect(said.filter((one) => one.startsWith('News'))).toEqual(['News 0', 'News 1'])
  expect([listening.cursor, it.servers.asked]).toEqual([`${epoch}.3`, ['mine.example/copy/bundles/en.json']])
  expect(() => collect(it, { mirrors: ['ftp://mine.example/'] })).toThrow(TypeError)
  expect(() => collect(it, { mirrors: ['mine'] })).toThrow(TypeError)
})
