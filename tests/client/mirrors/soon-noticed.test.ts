import { expect, test } from 'vitest'
import { listenVerified, type VerifiedOptions } from '../../../src/client/verified/listen-verified.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { signingOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import { cleaning } from '../../support/scratch.ts'
import { ringOf, signedEntries, timeOf } from '../../support/signing/signed-logs.ts'
import { alertIn, bundleFrom, bundleText } from '../../support/signing/test-bundles.ts'
import { live, serve, until, welcome } from '../../support/streams/collected-events.ts'

// A service that falls silent, and a mirror, by a clock that the test moves on.

const clean = cleaning()
const epoch = 'k3f9'
const ring = ringOf(0)
const startMs = 1_000_000
const all = signedEntries(
  ring,
  epoch,
  ['One', 'Two', 'Three'].map((headline, nth) =>
    alertIn('en', headline, { id: `01932f6e-0000-7000-8000-00000000000${nth}` }),
  ),
  startMs,
)
const listOf = (urls: readonly string[]) =>
  signedMirrors(signingOf(nodeSigner, ring).signer, { urls, at: timeOf(startMs) })
const mirrors = listOf(['https://mirror.example/'])

async function start(told: unknown, options: Partial<VerifiedOptions> = {}) {
  const world = fakeWorld()
  let isSilent = false
  const server = await serve({
    eventHeaders: { 'Heartbeat-Seconds': '4' },
    onPeer(peer) {
      if (isSilent) return
      peer.send({ ...welcome(0, 'live', epoch), heartbeatSeconds: Number(peer.query.get('heartbeat') ?? 25) })
      // What comes on the connection that shows silence soon: then the test knows that it is there.
      const [first] = peer.query.get('heartbeat') === '4' ? all : []
      if (first !== undefined) peer.send({ type: 'alert', cursor: `${epoch}.${first.seq}`, ...first })
      else peer.send(live(0, epoch))
    },
  })
  const said: string[] = []
  const askedAt: number[] = []
  const posted = { count: 1 }
  const listening = listenVerified({
    ...{ url: server.url, languages: ['en'], keys: [ring.keys[0].publicKey], after: `${epoch}.0`, transport: 'socket' },
    world: {
      ...world,
      async fetch(url) {
        if (url.endsWith('/v1/newsroom')) return Response.json({ signingKeys: ring.keys, mirrors: told })
        if (!url.startsWith('https://mirror.example/')) throw new Error('unreachable')
        askedAt.push(world.now())
        const at = timeOf(world.now())
        const as = { epoch, head: posted.count * 2 - 1, statementAt: at, headAt: at, mirrorsAt: timeOf(startMs - 1) }
        return new Response(bundleText(bundleFrom(ring, all.slice(0, posted.count), 'en', as)))
      },
    },
    onEntry: ({ alert, via }) => said.push(via === undefined ? alert.headline : `${alert.headline} via ${via.mirror}`),
    onUnverified: ({ reason }) => said.push(reason),
    onState: (state, detail) => said.push(Object(detail).via === undefined ? state : 'via'),
    ...options,
  })
  clean(() => listening.close())
  await until(() => expect(said).toContain('live'))
  return {
    ...{ world, server, said, askedAt, posted, listening },
    fallSilent() {
      isSilent = true
    },
  }
}

const heartbeats = ({ peers }: Awaited<ReturnType<typeof serve>>) => peers.map(({ query }) => query.get('heartbeat'))

test('where there are mirrors, the next alert after the service fell silent comes from one as soon as two heartbeats are missing', async () => {
  const it = await start(mirrors)
  await until(() => expect(heartbeats(it.server)).toEqual([null, '4']))
  await until(() => expect(it.said.at(-1)).toBe('One'))
  it.fallSilent()
  it.posted.count = 2
  const silentSince = it.world.now()
  it.world.pass(7_000)
  expect(it.askedAt).toEqual([])
  it.world.pass(1_000)
  await until(() => expect(it.said).toContain('Two via mirror.example'))
  expect(it.world.now() - silentSince).toBe(8_000)
})

test.each<[string, unknown, Partial<VerifiedOptions>, (string | null)[]]>([
  ['the newsroom has no mirrors', listOf([]), {}, [null]],
  ['the list is of others', { ...mirrors, urls: ['https://other.example/'] }, {}, [null]],
  ['the app wants no mirrors', mirrors, { mirrors: false }, [null]],
  ['all languages are read, of which mirrors have no file', mirrors, { languages: '*' }, [null]],
  ['the app says itself how often it wants heartbeats', mirrors, { heartbeatSeconds: 30 }, ['30']],
])('no heartbeat more often than usual is asked for where %s', async (_, told, options, asked) => {
  const it = await start(told, options)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(heartbeats(it.server)).toEqual(asked)
})

test('where the mirrors are known from before, the service is asked once', async () => {
  const keyStorage = { read: async () => ring.keys, write: async () => {}, readMirrors: async () => mirrors }
  const it = await start(mirrors, { keyStorage })
  // The connection that was begun before the storage has answered is given up.
  await until(() => expect(heartbeats(it.server).at(-1)).toBe('4'))
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(heartbeats(it.server).at(-1)).toBe('4')
  expect(it.server.peers.length).toBeLessThanOrEqual(2)
})
