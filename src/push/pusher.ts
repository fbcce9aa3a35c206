import type { Level } from '../alert.ts'
import type { Courier, Letter } from './courier.ts'
import type { Batch, Due, Outcome, PushOutbox, Standing } from './outbox.ts'
import { Places } from './places.ts'

/** What one thread bears. */
const usualBounds: PusherBounds = { batchMax: 200, batchesMax: 8, places: new Places(() => Number.POSITIVE_INFINITY) }
/** Beyond those, for what is announced while they are full: a flash does not wait for a slow service's batches. */
const pressingMax = 2
const pollMs = 1_000
/** How old the last look at a batch's standing may be when a push is begun: a stop or a pause works within this. */
const lookEveryMs = 250
/** A push is not begun when its lease ends sooner than this: longer than any request may take. */
export const requestMostMs = 12_000

const urgencies = { flash: 'high', urgent: 'normal', routine: 'normal' } as const satisfies Record<Level, string>

/** How much of the work is taken up at once. */
export type PusherBounds = {
  /** The most pushes in a batch, and batches on loan. */
  readonly batchMax: number
  readonly batchesMax: number
  /** Where requests are under way, whatever their service. */
  readonly places: Pick<Places, 'enter' | 'leave'>
}

export type PusherParts = {
  readonly outbox: Pick<PushOutbox, 'claim' | 'settle'>
  readonly courier: Pick<Courier, 'deliver' | 'paceOf'>
  /** The payload of an entry in a language. */
  readonly payload: (batch: Batch, language: string, discreet: boolean) => Uint8Array
  readonly topic: (alertId: string) => Promise<string>
  readonly now: () => number
  readonly report: (trouble: unknown, doing: string) => void
  readonly bounds?: PusherBounds
}

/** Claims work, sends it and settles it, until it is told to stop. What it holds then is finished or given back. */
export class Pusher {
  readonly #parts: PusherParts
  readonly #bounds: PusherBounds
  /** How many pushes ended in which way since the start. */
  readonly tally = { accepted: 0, gone: 0, failed: 0, again: 0 }
  #wake: () => void = () => undefined
  #rung = false
  readonly #inAir = new Set<Promise<void>>()

  constructor(parts: PusherParts) {
    this.#parts = parts
    this.#bounds = parts.bounds ?? usualBounds
  }

  /** Whether anything is on loan. */
  get busy(): boolean {
    return this.#inAir.size > 0
  }

  /** There may be work. */
  ring(): void {
    this.#rung = true
    this.#wake()
  }

  /** Runs until aborted; resolves when everything on loan is settled. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.ring(), { once: true })
    while (!signal.aborted) {
      this.#rung = false
      await this.drain(signal)
      if (!signal.aborted) await this.#bell()
    }
  }

  /**
   * Sends what is due now, several batches at once, but no more than `pushesMax`; resolves when there is no more and all
   * of it is settled. Gives whether it ended because it had sent so many.
   */
  async drain(signal: AbortSignal, pushesMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    const inAir = this.#inAir
    let left = pushesMax
    while (!signal.aborted && left > 0) {
      const batch = await this.#claim(Math.min(this.#bounds.batchMax, left))
      if (batch === null && inAir.size === 0) break
      if (batch !== null) {
        left -= batch.due.length
        const work = this.#push(batch, signal).finally(() => inAir.delete(work))
        inAir.add(work)
      }
      // A slow service must not keep others' new work waiting: the bell is heard also while a batch is in the air.
      if (batch === null) await Promise.race([...inAir, this.#bell()])
      else await this.#room()
    }
    await Promise.all(inAir)
    return left <= 0
  }

  /** Waits until one more batch may be in the air. */
  async #room(): Promise<void> {
    const { batchesMax } = this.#bounds
    let most = batchesMax
    while (this.#inAir.size >= most) {
      const wasRung = await Promise.race([...this.#inAir, this.#bell()])
      if (wasRung === true) most = batchesMax + pressingMax
    }
  }

  async #claim(limit: number): Promise<Batch | null> {
    try {
      return await this.#parts.outbox.claim(limit)
    } catch (trouble) {
      this.#parts.report(trouble, 'claiming pushes')
      return null
    }
  }

  /** Waits for the bell, or a while; gives whether it was the bell. */
  async #bell(): Promise<boolean> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const wasRung = this.#rung
    this.#rung = false
    return wasRung
  }

  async #push(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      const { id, expiresAt, level } = batch.entry.alert
      const topic = await this.#parts.topic(id)
      const payloads = new Map<string, Uint8Array>()
      const payloadFor = (language: string, discreet: boolean): Uint8Array => {
        const name = `${language} ${discreet}`
        const made = payloads.get(name) ?? this.#parts.payload(batch, language, discreet)
        payloads.set(name, made)
        return made
      }
      const standing = lookingAgain(batch, this.#parts)
      const run = {
        batch,
        signal,
        standing,
        topic,
        payloadFor,
        expiresMs: Date.parse(expiresAt),
        urgency: urgencies[level],
      }
      const outcomes = await Promise.all(batch.due.map((due) => this.#one(run, due)))
      for (const { result } of outcomes) this.tally[result] += 1
      await this.#parts.outbox.settle(batch, outcomes)
    } catch (trouble) {
      // Unsettled, it comes back when its lease ends.
      this.#parts.report(trouble, 'settling pushes')
    }
  }

  async #one(run: Run, due: Due): Promise<Outcome> {
    const { subscription, sealed, attempts, lookedGone } = due
    const { now, courier } = this.#parts
    const later = (notBeforeMs: number): Outcome => again(run, due, { notBeforeMs, sealed, attempts, lookedGone })
    const pace = courier.paceOf(subscription.endpoint)
    const { places } = this.#bounds
    const isPressing = run.urgency === 'high'
    await pace.enter(isPressing)
    await places.enter(isPressing)
    try {
      if (run.signal.aborted || now() > run.batch.leaseUntilMs - requestMostMs) return later(now())
      // Given back; of what is over the outbox keeps nothing.
      if ((await run.standing()) !== 'due') return later(now())
      if (pace.pausedUntilMs > now()) return later(pace.pausedUntilMs)
      const ttlSeconds = Math.floor((run.expiresMs - now()) / 1_000)
      if (ttlSeconds < 1) return { subscriptionId: subscription.id, result: 'failed' }
      const payload = run.payloadFor(due.language, subscription.discreet)
      const { topic, urgency } = run
      return await this.#send(run, due, { ...due, payload, ttlSeconds, urgency, topic })
    } finally {
      places.leave()
      pace.leave()
    }
  }

  async #send(run: Run, due: Due, letter: Letter): Promise<Outcome> {
    const { now, courier } = this.#parts
    const subscriptionId = due.subscription.id
    const { verdict, sealed } = await courier.deliver(letter)
    if (verdict.act === 'accepted') return { subscriptionId, result: 'accepted', atMs: now() }
    if (verdict.act !== 'again') return { subscriptionId, result: verdict.act }
    return again(run, due, {
      notBeforeMs: now() + verdict.afterMs,
      sealed,
      attempts: due.attempts + (verdict.counted ? 1 : 0),
      lookedGone: due.lookedGone || verdict.cause === 'young',
    })
  }
}

type Run = {
  readonly batch: Batch
  readonly signal: AbortSignal
  readonly standing: () => Promise<Standing>
  readonly topic: string
  readonly expiresMs: number
  readonly urgency: 'high' | 'normal'
  readonly payloadFor: (language: string, discreet: boolean) => Uint8Array
}

/** A batch's standing, looked at anew when the last look is too old; pushes that ask at once share one look. */
function lookingAgain(batch: Batch, { now, report }: Pick<PusherParts, 'now' | 'report'>): () => Promise<Standing> {
  let lookedMs = Number.NEGATIVE_INFINITY
  let look: Promise<Standing> = Promise.resolve('due')
  return () => {
    if (now() - lookedMs >= lookEveryMs) {
      lookedMs = now()
      look = batch.standing().catch((trouble: unknown) => {
        // Nothing is begun on a guess; what was sent is settled all the same.
        report(trouble, 'looking whether pushes are stopped')
        return 'paused'
      })
    }
    return look
  }
}

/** A retry that would come after the alert's expiry is none: the push has failed. */
function again(
  run: Run,
  { subscription }: Due,
  how: { notBeforeMs: number; sealed: Uint8Array | null; attempts: number; lookedGone: boolean },
): Outcome {
  const subscriptionId = subscription.id
  if (how.notBeforeMs >= run.expiresMs) return { subscriptionId, result: 'failed' }
  return { subscriptionId, result: 'again', ...how }
}
