import type { Level } from '../../domain/alert-types.ts'
import {
  type Batch,
  type Due,
  leaseMs,
  noPushes,
  type Outcome,
  type PushCounts,
  type PushOutbox,
} from '../outbox/outbox.ts'
import { outcomesOf } from './early-settlement.ts'
import type { Permits } from './failed-endpoint-permits.ts'
import { Semaphore } from './semaphore.ts'
import type { SendPush } from './send-push.ts'
import {
  deliveryStateReader,
  leaseSuffices,
  type PayloadCache,
  payloadsOf,
  retryOutcome,
  returnUnsent,
  type SendingBatch,
} from './sending-batch.ts'

/**
 * The limits of one thread. A batch leaves three obsolete row versions in PostgreSQL: at this size less than 1 % of the
 * rows, also while another transaction keeps them.
 */
const defaultLimits: PusherLimits = {
  batchMax: 400,
  batchesMax: 4,
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
const flashLevel: Level = 'flash'
const pollMs = 1_000
const settleRetryMs = 500
const settleTriesMax = leaseMs / settleRetryMs

const urgencies = { flash: 'high', urgent: 'normal', routine: 'normal' } as const satisfies Record<Level, string>

/** How much work is in progress at once. */
export type PusherLimits = {
  /** The most pushes in a batch, and the most leased batches. */
  readonly batchMax: number
  readonly batchesMax: number
  /** The most concurrent requests, over all services. */
  readonly semaphore: Pick<Semaphore, 'tryAcquire' | 'acquire' | 'release'>
  /**
   * How long a push waits for a permit of its service before it is returned unsent, so that it does not delay its batch.
   */
  readonly permitWaitMsMax?: number
  /** The most concurrent requests to hosts that have never answered, so that they leave permits for the others. */
  readonly unknownHosts?: Pick<Semaphore, 'acquire' | 'release'>
}

export type PusherParts = {
  readonly outbox: Pick<PushOutbox, 'claim' | 'settle'>
  readonly sendPush: Pick<SendPush, 'deliver' | 'permitsOf'> & Partial<Pick<SendPush, 'rooms'>>
  /** The payload of an entry in a language. */
  readonly payload: (batch: Batch, language: string, discreet: boolean) => Uint8Array
  readonly topic: (alertId: string) => Promise<string>
  readonly now: () => number
  /** A random number from 0 to 1, for jitter. */
  readonly random?: () => number
  readonly report: (error: unknown, doing: string) => void
  readonly limits?: PusherLimits
}

/** Claims batches, sends and settles them, until it is stopped. Leased batches are then finished or returned. */
export class Pusher {
  readonly #deps: PusherParts
  readonly #limits: PusherLimits
  /** Pushes since the start, by outcome. */
  readonly pushCounts: { -readonly [Result in keyof PushCounts]: number } = { ...noPushes }
  #wake: () => void = () => undefined
  #woken = false
  readonly #payloads: PayloadCache = new WeakMap()
  readonly #inProgress = new Set<Promise<void>>()
  /** The number of leased batches of other levels than flash. */
  #nonFlashInProgress = 0

  constructor(deps: PusherParts) {
    this.#deps = deps
    this.#limits = deps.limits ?? defaultLimits
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
      if (!signal.aborted) await this.#waitForWakeUp()
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
      const batch = await this.#claim(Math.min(this.#limits.batchMax, left))
      if (batch === null && inProgress.size === 0) break
      if (batch !== null) {
        left -= batch.due.length
        this.#startBatch(batch, signal)
      }
      // A slow service must not delay new work for others, so a wake-up is handled while batches are in progress.
      else await Promise.race([...inProgress, this.#waitForWakeUp()])
    }
    await Promise.all(inProgress)
    return left <= 0
  }

  #startBatch(batch: Batch, signal: AbortSignal): void {
    const isFlash = batch.entry.alert.level === flashLevel
    if (!isFlash) this.#nonFlashInProgress += 1
    const work = this.#sendBatch(batch, signal).finally(() => {
      this.#inProgress.delete(work)
      if (!isFlash) this.#nonFlashInProgress -= 1
    })
    this.#inProgress.add(work)
  }

  /** Claims the most urgent work. While the usual number of batches is leased, claims only flashes. */
  async #claim(limit: number): Promise<Batch | null> {
    const { batchesMax } = this.#limits
    const isFull = this.#inProgress.size >= batchesMax
    // A single flash has no more batches than other work. The additional ones replace those that other work has leased.
    if (isFull && this.#inProgress.size >= batchesMax + Math.min(flashBatchesMax, this.#nonFlashInProgress)) return null
    try {
      const rooms = this.#deps.sendPush.rooms?.(limit, (this.#limits.permitWaitMsMax ?? 0) / 2)
      return await this.#deps.outbox.claim(limit, isFull ? flashLevel : undefined, rooms)
    } catch (error) {
      this.#deps.report(error, 'claiming pushes')
      return null
    }
  }

  /** Waits for a wake-up, at most `pollMs`. A call whose time is over does not consume the wake-up of a later call. */
  async #waitForWakeUp(): Promise<void> {
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

  async #sendBatch(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      const { id, expiresAt, level } = batch.entry.alert
      const topic = await this.#deps.topic(id)
      const payloadFor = payloadsOf(batch, this.#deps, this.#payloads)
      const deliveryState = deliveryStateReader(batch, this.#deps)
      const sending = {
        batch,
        signal,
        deliveryState,
        topic,
        payloadFor,
        // By this process's clock, as all times of the sending are.
        expiresMs: Date.parse(expiresAt) + (batch.clockAheadMs ?? 0),
        urgency: urgencies[level],
      }
      const sends = batch.due.map((due) => this.#sendOne(sending, due))
      const outcomes = await outcomesOf(batch, sends, this.#deps)
      for (const { result } of outcomes) this.pushCounts[result] += 1
      await this.#settle(batch, outcomes)
    } catch (error) {
      // No push of the batch was begun. It is due again when its lease ends.
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
        if (now() + settleRetryMs >= batch.leaseUntilMs || tries >= settleTriesMax) return
        await new Promise((resolve) => setTimeout(resolve, settleRetryMs))
      }
    }
  }

  #sendOne(sending: SendingBatch, due: Due): Promise<Outcome> {
    const concurrency = this.#deps.sendPush.permitsOf(due)
    if (!concurrency.isUnknownHost) return this.#sendWithPermit(sending, due, concurrency)
    return this.#sendToUnknownHost(sending, due, concurrency)
  }

  async #sendToUnknownHost(sending: SendingBatch, due: Due, concurrency: Permits): Promise<Outcome> {
    const { now } = this.#deps
    if (concurrency.isPaused(now())) return returnUnsent(sending, due, concurrency.pausedUntilMs)
    const { unknownHosts } = this.#limits
    if (unknownHosts !== undefined && !(await unknownHosts.acquire(sending.urgency === 'high', unknownHostWaitMsMax)))
      return returnUnsent(sending, due, now() + this.#unknownHostWaitMs())
    try {
      return await this.#sendWithPermit(sending, due, concurrency)
    } finally {
      unknownHosts?.release()
    }
  }

  #unknownHostWaitMs(): number {
    return Math.round(unknownHostRetryMs * (1 + (this.#deps.random?.() ?? 0)))
  }

  /**
   * A permit that is free and a state that is known are not awaited: each `await` of a push costs a promise, and a turn
   * of the microtask queue.
   */
  async #sendWithPermit(sending: SendingBatch, due: Due, concurrency: Permits): Promise<Outcome> {
    const { now } = this.#deps
    const { semaphore } = this.#limits
    const isHighPriority = sending.urgency === 'high'
    if (!concurrency.tryAcquire() && !(await this.#acquire(concurrency, isHighPriority))) {
      const waitMs = concurrency.isUnknownHost ? this.#unknownHostWaitMs() : noPermitRetryMs
      return returnUnsent(sending, due, now() + waitMs)
    }
    if (!semaphore.tryAcquire()) await semaphore.acquire(isHighPriority)
    try {
      if (sending.signal.aborted || !leaseSuffices(sending.batch, now())) return returnUnsent(sending, due, now())
      const state = sending.deliveryState()
      // Returned unsent. The outbox deletes pushes whose state is `over`.
      if ((typeof state === 'string' ? state : await state) !== 'due') return returnUnsent(sending, due, now())
      if (concurrency.isPaused(now())) return returnUnsent(sending, due, concurrency.pausedUntilMs)
      return await this.#send(sending, due)
    } finally {
      semaphore.release()
      concurrency.release()
    }
  }

  #acquire(concurrency: Permits, isHighPriority: boolean): Promise<boolean> {
    const waitMsMax = concurrency.isUnknownHost ? unknownHostWaitMsMax : this.#limits.permitWaitMsMax
    return concurrency.acquire(isHighPriority, waitMsMax)
  }

  async #send(sending: SendingBatch, due: Due): Promise<Outcome> {
    const { now, sendPush } = this.#deps
    const { subscription, language, attempts, lookedGone } = due
    const subscriptionId = subscription.id
    const ttlSeconds = Math.floor((sending.expiresMs - now()) / 1_000)
    if (ttlSeconds < 1) return { subscriptionId, result: 'failed' }
    const payload = sending.payloadFor(language, subscription.discreet)
    // The error was reported when it occurred. It must not keep the batch's other pushes from being settled.
    if (payload === null) return { subscriptionId, result: 'failed' }
    const { topic, urgency } = sending
    const { sealed: stored } = due
    const message = { subscription, payload, sealed: stored, ttlSeconds, urgency, topic, attempts, lookedGone }
    const { decision, sealed, vapidKeyId } = await sendPush.deliver(message)
    if (decision.act === 'accepted')
      return vapidKeyId === undefined
        ? { subscriptionId, result: 'accepted', atMs: now() }
        : { subscriptionId, result: 'accepted', atMs: now(), vapidKeyId }
    if (decision.act !== 'again') return { subscriptionId, result: decision.act }
    return retryOutcome(sending, due, {
      notBeforeMs: now() + decision.afterMs,
      sealed,
      attempts: attempts + (decision.counted ? 1 : 0),
      lookedGone: lookedGone || decision.cause === 'young',
    })
  }
}
