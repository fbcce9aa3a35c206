import { TokenBucket, type TokenBucketLimits } from './token-bucket.ts'

/** What a reader may send on a socket: messages, and the pings and pongs of the protocol. */
const frames: TokenBucketLimits = { burst: 100, perSecond: 4 }
/** Messages that are not understood. Some libraries send messages of their own now and then, so a few are only answered. */
const mistakes: TokenBucketLimits = { burst: 10, perSecond: 10 / 60 }

/** Holds the reader of one socket to the limits above. It costs nothing until the first message. */
export class IncomingLimit {
  #frames: TokenBucket | null = null
  #mistakes: TokenBucket | null = null

  /** One more frame. False: too many. */
  takeFrame(nowMs: number): boolean {
    this.#frames ??= new TokenBucket(frames, nowMs)
    return this.#frames.take(nowMs)
  }

  /** One more message that is not understood. False: too many. */
  takeMistake(nowMs: number): boolean {
    this.#mistakes ??= new TokenBucket(mistakes, nowMs)
    return this.#mistakes.take(nowMs)
  }
}
