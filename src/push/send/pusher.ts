import type { Level } from '../../domain/alert-types.ts'
import {
  type Batch,
  type Due,
  leaseMs,
  leaseMsMax,
  noPushes,
  type Outcome,
  type PushCounts,
  type PushOutbox,
} from '../outbox/outbox.ts'
import type { AdaptiveConcurrency } from './adaptive-concurrency.ts'
import { deliveryStateReader, payloadsOf, type Run, retryOutcome } from './batch-run.ts'
import { Semaphore } from './semaphore.ts'
import type { PushMessage, SendPush } from './send-push.ts'

/** The limits of one thread. */
const usualBounds: PusherBounds = {
  batchMax: 200,
  batchesMax: 8,
  semaphore: new Semaphore(() => Number.POSITIVE_INFINITY),
  permitWaitMsMax: 2_000,
  unknownHosts: new Semaphore(() => 8),
}
/** The retry delay of a push that got no permit of its service, in milliseconds. */
const noPermitRetryMs = 1_000
/**
 * The same for hosts that have never answered. With jitter it is up to twice as long, so that the retries are spread.
 */
const unknownHostRetryMs = 5_000
const unknownHostWaitMsMax = 2_000
/** Additional batches for flashes alone, which do not wait for a slow service's batches. */
const flashBatchesMax = 2
const urgentLevel: Level = 'flash'
const pollMs = 1_000
const settleAgainMs = 500
const settleTriesMax = leaseMs / settleAgainMs
/** A push is not begun when its lease ends sooner than this: longer than any request may take. */
export const requestMsMax = 12_000

const urgencies = { flash: 'high', urgent: 'normal', routine: 'normal' } as const satisfies Record<Level, string>

/** How much work is in progress at once. */
export type PusherBounds = {
  /** The most pushes in a batch, and the most leased batches. */
  readonly batchMax: number
  readonly batchesMax: number
  /** The most concurrent requests, over all services. */
  readonly semaphore: Pick<Semaphore, 'enter' | 'leave'>
  /**
   * How long a push waits for a permit of its service before it is given back, so that it does not hold up its batch.
   */
  readonly permitWaitMsMax?: number
  /** The most concurrent requests to hosts that have never answered, so that they leave permits for the others. */
  readonly unknownHosts?: Pick<Semaphore, 'enter' | 'leave'>
}

export type PusherParts = {
  readonly outbox: Pick<PushOutbox, 'claim' | 'settle'>
  readonly sendPush: Pick<SendPush, 'deliver' | 'concurrencyOf'>
  /** The payload of an entry in a language. */
  readonly payload: (batch: Batch, language: string, discreet: boolean) => Uint8Array
  readonly topic: (alertId: string) => Promise<string>
  readonly now: () => number
  /** A random number from 0 to 1, for jitter. */
  readonly random?: () => number
  readonly report: (error: unknown, doing: string) => void
  readonly bounds?: PusherBounds
}

/** Claims batches, sends and settles them, until it is stopped. Leased batches are then finished or given back. */
export class Pusher {
  readonly #deps: PusherParts
  readonly #bounds: PusherBounds
  /** Pushes since the start, by outcome. */
  readonly pushCounts: { -readonly [Result in keyof PushCounts]: number } = { ...noPushes }
  #wake: () => void = () => undefined
  #woken = false
  readonly #inProgress = new Set<Promise<void>>()
  /** Those of the leased batches that are not flashes. */
  #usualInProgress = 0

  constructor(deps: PusherParts) {
    this.#deps = deps
    this.#bounds = deps.bounds ?? usualBounds
  }

  /** Whether a batch is leased. */
  get busy(): boolean {
    return this.#inProgress.size > 0
  }

  /** Wakes it: there may be work. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  /** Runs until aborted. Resolves when all leased batches are settled. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.wake(), { once: true })
    while (!signal.aborted) {
      this.#woken = false
      await this.drain(signal)
      if (!signal.aborted) await this.#wakeUps()
    }
  }

  /**
   * Sends what is due now in several batches at once, and at most `pushesMax` pushes. Resolves when nothing is due or
   * the limit is reached, and everything is settled. Gives whether the limit was reached.
   */
  async drain(signal: AbortSignal, pushesMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    const inProgress = this.#inProgress
    let left = pushesMax
    while (!signal.aborted && left > 0) {
      const batch = await this.#claim(Math.min(this.#bounds.batchMax, left))
      if (batch === null && inProgress.size === 0) break
      if (batch !== null) {
        left -= batch.due.length
        this.#begin(batch, signal)
      }
      // A slow service must not delay new work for others, so a wake-up is handled while batches are in progress.
      else await Promise.race([...inProgress, this.#wakeUps()])
    }
    await Promise.all(inProgress)
    return left <= 0
  }

  #begin(batch: Batch, signal: AbortSignal): void {
    const isUsual = batch.entry.alert.level !== urgentLevel
    if (isUsual) this.#usualInProgress += 1
    const work = this.#push(batch, signal).finally(() => {
      this.#inProgress.delete(work)
      if (isUsual) this.#usualInProgress -= 1
    })
    this.#inProgress.add(work)
  }

  /** Claims the most urgent work. While the usual number of batches is leased, claims only flashes. */
  async #claim(limit: number): Promise<Batch | null> {
    const { batchesMax } = this.#bounds
    const isFull = this.#inProgress.size >= batchesMax
    // A single flash has no more batches than other work. The additional ones replace those that other work has leased.
    if (isFull && this.#inProgress.size >= batchesMax + Math.min(flashBatchesMax, this.#usualInProgress)) return null
    try {
      return await this.#deps.outbox.claim(limit, ...(isFull ? [urgentLevel] : []))
    } catch (error) {
      this.#deps.report(error, 'claiming pushes')
      return null
    }
  }

  /** Waits for a wake-up or a time. A waiter that has ended does not consume a later one's wake-up. */
  async #wakeUps(): Promise<void> {
    if (this.#woken) {
      this.#woken = false
      return
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #push(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      const { id, expiresAt, level } = batch.entry.alert
      const topic = await this.#deps.topic(id)
      const payloadFor = payloadsOf(batch, this.#deps)
      const deliveryState = deliveryStateReader(batch, this.#deps)
      const run = {
        batch,
        signal,
        deliveryState,
        topic,
        payloadFor,
        expiresMs: Date.parse(expiresAt),
        urgency: urgencies[level],
      }
      const outcomes = await Promise.all(batch.due.map((due) => this.#one(run, due)))
      for (const { result } of outcomes) this.pushCounts[result] += 1
      await this.#settle(batch, outcomes)
    } catch (error) {
      // No push of it was begun. It is due again when its lease ends.
      this.#deps.report(error, 'beginning pushes')
    }
  }

  /** Retries until the lease ends. Otherwise all pushes of the batch are sent again. */
  async #settle(batch: Batch, outcomes: readonly Outcome[]): Promise<void> {
    const { outbox, now, report } = this.#deps
    for (let tries = 1; ; tries += 1) {
      try {
        return await outbox.settle(batch, outcomes)
      } catch (error) {
        report(error, 'settling pushes')
        // The attempts are bounded too, because the clock may be set back meanwhile.
        if (now() + settleAgainMs >= batch.leaseUntilMs || tries >= settleTriesMax) return
        await new Promise((resolve) => setTimeout(resolve, settleAgainMs))
      }
    }
  }

  async #one(run: Run, due: Due): Promise<Outcome> {
    const { now, sendPush } = this.#deps
    const concurrency = sendPush.concurrencyOf(due.subscription.endpoint)
    if (!concurrency.isUnknownHost) return this.#sendWithPermit(run, due, concurrency)
    if (concurrency.isPaused(now())) return later(run, due, concurrency.pausedUntilMs)
    const { unknownHosts } = this.#bounds
    if (unknownHosts !== undefined && !(await unknownHosts.enter(run.urgency === 'high', unknownHostWaitMsMax)))
      return later(run, due, now() + this.#unknownHostWaitMs())
    try {
      return await this.#sendWithPermit(run, due, concurrency)
    } finally {
      unknownHosts?.leave()
    }
  }

  #unknownHostWaitMs(): number {
    return Math.round(unknownHostRetryMs * (1 + (this.#deps.random?.() ?? 0)))
  }

  async #sendWithPermit(run: Run, due: Due, concurrency: AdaptiveConcurrency): Promise<Outcome> {
    const { now } = this.#deps
    const { semaphore } = this.#bounds
    const isPressing = run.urgency === 'high'
    if (
      !(await concurrency.enter(
        isPressing,
        concurrency.isUnknownHost ? unknownHostWaitMsMax : this.#bounds.permitWaitMsMax,
      ))
    )
      return later(run, due, now() + (concurrency.isUnknownHost ? this.#unknownHostWaitMs() : noPermitRetryMs))
    await semaphore.enter(isPressing)
    try {
      if (run.signal.aborted || !leaseSuffices(run.batch, now())) return later(run, due, now())
      // Given back. The outbox deletes pushes whose state is `over`.
      if ((await run.deliveryState()) !== 'due') return later(run, due, now())
      if (concurrency.isPaused(now())) return later(run, due, concurrency.pausedUntilMs)
      const { subscription } = due
      const ttlSeconds = Math.floor((run.expiresMs - now()) / 1_000)
      if (ttlSeconds < 1) return { subscriptionId: subscription.id, result: 'failed' }
      const payload = run.payloadFor(due.language, subscription.discreet)
      // The error was reported when it occurred. It must not keep the batch's other pushes from being settled.
      if (payload === null) return { subscriptionId: subscription.id, result: 'failed' }
      const { topic, urgency } = run
      return await this.#send(run, due, { ...due, payload, ttlSeconds, urgency, topic })
    } finally {
      semaphore.leave()
      concurrency.leave()
    }
  }

  async #send(run: Run, due: Due, message: PushMessage): Promise<Outcome> {
    const { now, sendPush } = this.#deps
    const subscriptionId = due.subscription.id
    const { decision, sealed, vapidKeyId } = await sendPush.deliver(message)
    if (decision.act === 'accepted')
      return { subscriptionId, result: 'accepted', atMs: now(), ...(vapidKeyId !== undefined && { vapidKeyId }) }
    if (decision.act !== 'again') return { subscriptionId, result: decision.act }
    return retryOutcome(run, due, {
      notBeforeMs: now() + decision.afterMs,
      sealed,
      attempts: due.attempts + (decision.counted ? 1 : 0),
      lookedGone: due.lookedGone || decision.cause === 'young',
    })
  }
}

/** Whether a push of a batch may be begun: its lease is long enough, and was made under the present clock. */
function leaseSuffices({ leaseUntilMs }: Batch, nowMs: number): boolean {
  const leftMs = leaseUntilMs - nowMs
  return leftMs >= requestMsMax && leftMs <= leaseMsMax
}

/** A push that is given back without counting an attempt. */
function later(run: Run, due: Due, notBeforeMs: number): Outcome {
  const { sealed, attempts, lookedGone } = due
  return retryOutcome(run, due, { notBeforeMs, sealed, attempts, lookedGone })
}
