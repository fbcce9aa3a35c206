import type { AdaptiveConcurrency } from './adaptive-concurrency.ts'
import { Semaphore } from './semaphore.ts'

/** What a push needs of its service before it is sent. */
export type Permits = Pick<
  AdaptiveConcurrency,
  'isPaused' | 'pausedUntilMs' | 'isUnknownHost' | 'tryAcquire' | 'acquire' | 'release'
>

/** This part of the service's limit is added for endpoints that failed at last. */
const partOfLimit = 4
/** After a pause of the service, they come so much later than the others, in milliseconds. */
const probeLaterMs = 2_000

/**
 * The permits of those endpoints of a service whose last response was bad. They are few and their own, so that endpoints
 * that always fail, or never answer, take none from the others; and after a pause others probe the service first.
 */
export class FailedEndpointPermits implements Permits {
  readonly #service: AdaptiveConcurrency
  readonly #semaphore: Semaphore

  constructor(service: AdaptiveConcurrency) {
    this.#service = service
    this.#semaphore = new Semaphore(() => Math.max(1, Math.floor(service.limit / partOfLimit)))
  }

  get isUnknownHost(): boolean {
    return this.#service.isUnknownHost
  }

  get pausedUntilMs(): number {
    return this.#service.pausedUntilMs + probeLaterMs
  }

  isPaused(nowMs: number): boolean {
    return this.#service.isPaused(nowMs) || this.#service.isPaused(nowMs - probeLaterMs)
  }

  tryAcquire(): boolean {
    return this.#semaphore.tryAcquire()
  }

  acquire(isHighPriority = false, waitMsMax?: number): Promise<boolean> {
    return this.#semaphore.acquire(isHighPriority, waitMsMax)
  }

  release(): void {
    this.#semaphore.release()
  }
}
