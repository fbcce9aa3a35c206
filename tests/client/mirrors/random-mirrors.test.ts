import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { World } from '../../../src/client/platform.ts'
import { listenVerified } from '../../../src/client/verified/listen-verified.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { signingOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { runs } from '../../support/effort.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import { ringOf, type SignedTestEntry, signedEntries, timeOf } from '../../support/signing/signed-logs.ts'
import { alertIn, bundleFrom, bundleText } from '../../support/signing/test-bundles.ts'
import { live, welcome } from '../../support/streams/collected-events.ts'

// A service and its mirrors that come and go, by a clock that a test moves on.

const epoch = 'k3f9'
const ring = ringOf(0)
const startMs = 1_000_000
const entriesMax = 40
const logOf = (signer: typeof ring, headline: string) =>
  signedEntries(
    signer,
    epoch,
    Array.from({ length: entriesMax }, (_, nth) =>
      alertIn('en', `${headline} ${nth}`, { id: `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}` }),
    ),
    startMs,
  )
const all = logOf(ring, 'News')
const strangers = ringOf(0)
const forged = logOf(strangers, 'Lies')
const names = ['one', 'two', 'three']
/** A bundle has fewer entries than may be posted at once, so that some do not reach back. */
const size = 6

type Step =
  | { does: 'post'; count: number }
  | { does: 'service'; becomes: 'there' | 'frozen' | 'refusing' | 'cut' }
  | { does: 'export'; mirror: number }
  | { does: 'mirror'; mirror: number; becomes: Manner }
  | { does: 'pass'; seconds: number }
type Manner = 'good' | 'silent' | 'missing' | 'changed' | 'foreign' | 'shortened' | 'rolled back'

const manners = ['good', 'silent', 'missing', 'changed', 'foreign', 'shortened', 'rolled back'] as const
const mirrorNth = fc.nat(names.length - 1)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ does: fc.constant('post' as const), count: fc.integer({ min: 1, max: 4 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant('service' as const),
        becomes: fc.constantFrom(
          'there' as const,
          'frozen' as const,
          'refusing' as const,
          'refusing' as const,
          'cut' as const,
        ),
      }),
    },
    { weight: 6, arbitrary: fc.record({ does: fc.constant('export' as const), mirror: mirrorNth }) },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('mirror' as const),
        mirror: mirrorNth,
        becomes: fc.constantFrom(...manners),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ does: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 60 }) }),
    },
  ),
  { minLength: 5, maxLength: 30 },
)

type Socket = ReturnType<World['openSocket']>
type Closed = { readonly code: number; readonly reason: string }

/** The outside of a client: a service that keeps the contract while it is there, and mirrors of it. */
class Outside {
  readonly world = fakeWorld(0.5)
  posted = 0
  state: 'there' | 'frozen' | 'refusing' = 'there'
  readonly exported = new Map(names.map((name) => [name, 0]))
  readonly manners = new Map<string, Manner>(names.map((name) => [name, 'good']))
  /** Those that are open and not frozen. */
  readonly #peers = new Set<{ send: (frame: object) => void; close: (code: number) => void }>()

  get head(): number {
    return this.posted === 0 ? 0 : this.posted * 2 - 1
  }

  readonly openSocket = (url: string): Socket => {
    const messages: ((event: { data: unknown }) => void)[] = []
    const closes: ((event: Closed) => void)[] = []
    const peer = {
      send: (frame: object) => {
        for (const act of messages) act({ data: JSON.stringify(frame) })
      },
      close: (code: number) => {
        this.#peers.delete(peer)
        for (const act of closes) act({ code, reason: '' })
      },
    }
    this.world.later(50, () => this.#answer(peer, Number(/after=\w+\.(\d+)/.exec(url)?.[1])))
    const add = (type: string, act: unknown) => {
      if (type === 'message') messages.push(act as (typeof messages)[number])
      if (type === 'close') closes.push(act as (typeof closes)[number])
    }
    return { addEventListener: add, send: () => {}, close: () => void this.#peers.delete(peer) } as Socket
  }

  #answer(peer: { send: (frame: object) => void; close: (code: number) => void }, after: number): void {
    if (this.state === 'refusing') peer.close(1006)
    if (this.state !== 'there') return
    this.#peers.add(peer)
    peer.send(welcome(after, 'replay', epoch))
    for (const entry of all.slice(0, this.posted)) if (entry.seq > after) peer.send(frameOf(entry))
    peer.send(live(this.head, epoch))
  }

  readonly fetch: World['fetch'] = async (url, { signal }) => {
    if (url.endsWith('/v1/newsroom')) {
      if (this.state !== 'there') throw new Error('unreachable')
      const urls = names.map((name) => `https://${name}.example/`)
      const mirrors = signedMirrors(signingOf(nodeSigner, ring).signer, { urls, at: timeOf(startMs) })
      return Response.json({ signingKeys: ring.keys, mirrors })
    }
    const name = new URL(url).hostname.split('.')[0] ?? ''
    const manner = this.manners.get(name)
    if (manner === 'silent')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    if (manner === 'missing') return new Response('no', { status: 404 })
    return new Response(this.#fileOf(name, manner ?? 'good'))
  }

  #fileOf(name: string, manner: Manner): string {
    const count = Math.max(0, (this.exported.get(name) ?? 0) - (manner === 'rolled back' ? 3 : 0))
    const at = timeOf(this.world.now())
    const signed = {
      epoch,
      statementAt: at,
      headAt: at,
      head: count === 0 ? 0 : count * 2 - 1,
      mirrorsAt: timeOf(startMs - 1),
    }
    const of = (entries: readonly SignedTestEntry[]) => entries.slice(Math.max(0, count - size), count)
    if (manner === 'foreign') return bundleText(bundleFrom(strangers, of(forged), 'en', signed))
    const bundle = bundleFrom(ring, of(all), 'en', signed)
    if (manner === 'shortened') return bundleText({ ...bundle, entries: bundle.entries.slice(0, -1) })
    return manner === 'changed' ? bundleText(bundle).replaceAll('News', 'Lies') : bundleText(bundle)
  }

  act(step: Step): void {
    if (step.does === 'post') for (let nth = 0; nth < step.count && this.posted < entriesMax - 1; nth += 1) this.#post()
    if (step.does === 'export') this.exported.set(names[step.mirror] ?? '', this.posted)
    if (step.does === 'mirror') this.manners.set(names[step.mirror] ?? '', step.becomes)
    if (step.does !== 'service') return
    if (step.becomes === 'frozen') this.#peers.clear()
    if (step.becomes === 'refusing' || step.becomes === 'cut') for (const peer of [...this.#peers]) peer.close(1006)
    if (step.becomes !== 'cut') this.state = step.becomes
  }

  #post(): void {
    const entry = all[this.posted]
    this.posted += 1
    if (entry !== undefined) for (const peer of this.#peers) peer.send(frameOf(entry))
  }

  /** Moves the clock on, a second after the other, and lets what was begun go on meanwhile. */
  async pass(seconds: number): Promise<void> {
    for (let nth = 0; nth < seconds; nth += 1) {
      this.world.pass(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    // Signatures are checked in threads, which take their time.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const frameOf = (entry: SignedTestEntry) => ({ type: 'alert', cursor: `${epoch}.${entry.seq}`, ...entry })

test('however service and mirrors come and go, each alert comes once and in order, none is forged, and what is missing was told', async () => {
  let fromMirrors = 0
  await fc.assert(
    fc.asyncProperty(steps, async (schedule) => {
      const outside = new Outside()
      const { now, random, later } = outside.world
      const told: ({ seq: number } | { gapTo: number })[] = []
      const listening = listenVerified({
        ...{ url: 'https://alerts.example/', languages: ['en'], keys: [ring.keys[0].publicKey], after: `${epoch}.0` },
        transport: 'socket',
        world: { now, random, later, openSocket: outside.openSocket, fetch: outside.fetch },
        onEntry({ seq, alert, via }) {
          expect(alert.headline).toBe(`News ${(seq - 1) / 2}`)
          if (via !== undefined) fromMirrors += 1
          told.push({ seq })
        },
        onUnverified: ({ reason }) => expect.fail(reason),
        onReset: ({ head }) => told.push({ gapTo: Number(head.split('.')[1]) }),
      })
      try {
        await outside.pass(1)
        for (const step of schedule) {
          if (step.does === 'pass') await outside.pass(step.seconds)
          else outside.act(step)
        }
        outside.act({ does: 'service', becomes: 'there' })
        outside.act({ does: 'post', count: 1 })
        for (let tries = 0; listening.cursor !== `${epoch}.${outside.head}` && tries < 5_000; tries += 1)
          await outside.pass(1)
      } finally {
        listening.close()
      }
      let seen = 0
      for (const it of told) {
        if ('gapTo' in it) {
          expect(it.gapTo).toBeGreaterThan(seen)
          seen = it.gapTo - (it.gapTo % 2 === 0 ? 1 : 0)
        } else {
          expect(it.seq).toBe(seen <= 0 ? 1 : seen + 2)
          seen = it.seq
        }
      }
      expect(seen).toBe(outside.head)
    }),
    { numRuns: runs(40) },
  )
  // The schedules were such that mirrors mattered.
  expect(fromMirrors).toBeGreaterThan(0)
}, 120_000)
