import fc from 'fast-check'
import type { World } from '../../../src/client/platform.ts'
import type { FakeWorld } from '../fake-world.ts'

/** What a mirror does with what it is asked from now on. `good`: it has the newest file. The times are by the test's clock. */
export type Manner =
  | { readonly does: 'good' | 'stale' | 'hostile' | 'fail' | 'refuse'; readonly afterMs: number }
  | { readonly does: 'silent' }
  | { readonly does: 'drip'; readonly bytes: number }

export const anyManner: fc.Arbitrary<Manner> = fc.oneof(
  fc.record({
    does: fc.constantFrom('good', 'stale', 'hostile', 'fail', 'refuse'),
    afterMs: fc.integer({ min: 0, max: 30_000 }),
  }),
  fc.record({ does: fc.constant('silent') }),
  // Of a file of some kilobytes: from ever to in half a minute.
  fc.record({ does: fc.constant('drip'), bytes: fc.constantFrom(1, 50, 200) }),
)

/** Mirrors by a clock that a test moves on. Each goes on with what it was asked as it has begun to answer that. */
export class ScriptedMirrors {
  readonly urls: readonly string[]
  readonly manners: Manner[]
  readonly asked: { readonly nth: number; readonly at: number }[] = []
  /** How many answers to each mirror are under way. */
  readonly underWay: number[]
  readonly #world: Pick<FakeWorld, 'later' | 'now'>
  readonly #files: () => Readonly<Record<'good' | 'stale' | 'hostile', string>>

  constructor(
    count: number,
    world: Pick<FakeWorld, 'later' | 'now'>,
    files: () => Readonly<Record<'good' | 'stale' | 'hostile', string>>,
  ) {
    this.urls = Array.from({ length: count }, (_, nth) => `https://m${nth}.example/`)
    this.manners = this.urls.map(() => ({ does: 'silent' }))
    this.underWay = this.urls.map(() => 0)
    this.#world = world
    this.#files = files
  }

  readonly fetch: World['fetch'] = (url, { signal }) => {
    const nth = this.urls.findIndex((it) => url.startsWith(it))
    const manner = this.manners[nth]
    if (manner === undefined) return Promise.reject(new Error('unreachable'))
    this.asked.push({ nth, at: this.#world.now() })
    this.underWay[nth] = (this.underWay[nth] ?? 0) + 1
    return new Promise((resolve, reject) => {
      let cancel = () => {}
      const over = () => {
        cancel()
        signal.removeEventListener('abort', abort)
        this.underWay[nth] = (this.underWay[nth] ?? 0) - 1
      }
      const abort = () => {
        over()
        reject(new Error('aborted'))
      }
      signal.addEventListener('abort', abort)
      if (manner.does === 'silent') return
      if (manner.does === 'drip') return resolve(new Response(this.#drops(manner.bytes, signal, over)))
      // A file is that of when it was asked for.
      const file = manner.does === 'fail' || manner.does === 'refuse' ? null : this.#files()[manner.does]
      cancel = this.#world.later(manner.afterMs, () => {
        over()
        if (file !== null) resolve(new Response(file))
        else if (manner.does === 'refuse') resolve(new Response('', { status: 503 }))
        else reject(new Error('refused'))
      })
    })
  }

  #drops(bytes: number, signal: AbortSignal, over: () => void): ReadableStream<Uint8Array> {
    const file = new TextEncoder().encode(this.#files().hostile)
    let sent = 0
    return new ReadableStream({
      start: (controller) => {
        const drop = () => {
          if (signal.aborted) return
          controller.enqueue(file.slice(sent, sent + bytes))
          sent += bytes
          if (sent < file.length) this.#world.later(1_000, drop)
          else {
            over()
            controller.close()
          }
        }
        signal.addEventListener('abort', () => {
          over()
          controller.error(new Error('aborted'))
        })
        drop()
      },
    })
  }
}

/** How many signatures and hashes are being computed, in threads: the clock stands still meanwhile. */
let computing = 0
const { subtle } = globalThis.crypto
for (const name of ['verify', 'digest', 'importKey'] as const) {
  const compute = subtle[name].bind(subtle) as (...given: unknown[]) => Promise<unknown>
  Object.defineProperty(subtle, name, {
    value: (...given: unknown[]) => {
      computing += 1
      return compute(...given).finally(() => {
        computing -= 1
      })
    },
  })
}

/** Lets go on what takes no time by the test's clock. */
async function settle(): Promise<void> {
  for (let idle = 0; idle < 4; idle += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (computing > 0) idle = -1
  }
}

/** Moves the clock on, step by step, while something is not so. */
export async function pass(world: FakeWorld, ms: number, isOver = () => false, stepMs = 250): Promise<void> {
  const endsAt = world.now() + ms
  while (!isOver() && world.now() < endsAt) {
    world.pass(Math.min(stepMs, endsAt - world.now()))
    await settle()
  }
}

/** Moves the clock on until something is so. Returns how many milliseconds that took; infinitely many where that is not so within `msMax`. */
export async function passUntil(world: FakeWorld, isSo: () => boolean, msMax: number): Promise<number> {
  const beganAt = world.now()
  await pass(world, msMax, isSo)
  return isSo() ? world.now() - beganAt : Number.POSITIVE_INFINITY
}
