import { streamLimits } from '../../protocol/live-streams.ts'
import { silentMsMax } from '../back-off.ts'
import type { World } from '../platform.ts'

const openingMsMax = 15_000
/** A timer that fires so much later than it should was held up by a device that slept. */
const lateFactor = 1.5

/** Notices that nothing comes over a connection any more, by one timer: a message only stores the time. */
export class SilenceWatch {
  readonly #world: Pick<World, 'now' | 'later'>
  readonly #onSilent: (silentMs: number, isOnTime: boolean) => void
  #heartbeatSeconds: number = streamLimits.heartbeatSeconds
  #askedSeconds: number | undefined
  #failures = 0
  #isOpen = false
  #receivedAt = 0
  #silentMs = 0
  #cancelTimer: () => void = () => {}

  /** `onSilent`: nothing was received for so long; and whether the timer that found it was not late. */
  constructor(world: Pick<World, 'now' | 'later'>, onSilent: (silentMs: number, isOnTime: boolean) => void) {
    this.#world = world
    this.#onSilent = onSilent
  }

  /**
   * A new connection is being opened, in the place of the one before. `askedSeconds`: the interval of heartbeats that is asked
   * for. `failures`: how many connections before it have failed in succession.
   */
  begin(askedSeconds: number | undefined, failures: number): void {
    this.#askedSeconds = askedSeconds
    this.#failures = failures
    this.#isOpen = false
    this.#heartbeatSeconds = streamLimits.heartbeatSeconds
    this.#silentMs = openingMsMax
    this.received()
    this.#check(openingMsMax)
  }

  received(): void {
    this.#receivedAt = this.#world.now()
  }

  /** Something comes so often at least once the connection is open. */
  heartbeat(seconds: number): void {
    this.#heartbeatSeconds = seconds
    if (this.#isOpen) this.#allow()
  }

  /** The first message has come. */
  open(): void {
    this.#isOpen = true
    this.#allow()
  }

  end(): void {
    this.#cancelTimer()
  }

  #allow(): void {
    const ms = silentMsMax(this.#heartbeatSeconds, this.#askedSeconds, this.#failures)
    const isSooner = ms < this.#silentMs
    this.#silentMs = ms
    if (isSooner) this.#check(ms)
  }

  #check(ms: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#world.later(ms, () => {
      const silent = this.#world.now() - this.#receivedAt
      // After a clock was set back, the silence is not known: connect again.
      if (silent >= 0 && silent < this.#silentMs) this.#check(this.#silentMs - silent)
      else this.#onSilent(this.#silentMs, silent >= 0 && silent <= this.#silentMs * lateFactor)
    })
  }
}
