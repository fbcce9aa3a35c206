import type { PushAddress } from '../subscriptions/subscription.ts'

/**
 * Encrypts a payload for one browser (RFC 8291, `aes128gcm`): salt, record size, our public key and ciphertext in one
 * body. Each call makes a new key pair and salt, so call it once for each message and keep the result for a retry. Throws or
 * rejects when the payload is too long or the address's keys are invalid.
 */
export type Seal = (payload: Uint8Array, address: PushAddress) => Uint8Array | Promise<Uint8Array>

/** A complete request to a push service (RFC 8030 §5). */
export type PushRequest = {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * The outcome of a request. `answered`: a response; `unprocessed`: the service did not process it (RFC 9113 §8.7), so
 * it may be sent again at once; `broken`: the outcome is unknown (time-out, reset, no connection).
 */
export type PushResult =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | null
      /** The response's `Date` header, if it had one. */
      readonly date?: string
    }
  | { readonly kind: 'unprocessed' }
  | { readonly kind: 'broken'; readonly reason: string }

/** Sends one request. Never rejects; ends within its own time-out. */
export type Send = (request: PushRequest) => Promise<PushResult>
