import type { PushAddress } from '../subscriptions/subscription.ts'

/**
 * Encrypts a payload for one browser (RFC 8291, `aes128gcm`): salt, record size, our public key and ciphertext in one
 * body. Each call makes a new key pair and salt, so call it once per message and keep what it gave for a retry.
 */
export type Seal = (payload: Uint8Array, address: PushAddress) => Promise<Uint8Array>

/** A request to a push service, complete (RFC 8030 §5). */
export type PushRequest = {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * What came of a request: an answer; `unprocessed` when the service says it did not look at it (RFC 9113 §8.7), so
 * that it may be sent again at once; `broken` when there is no knowing (time-out, reset, no connection).
 */
export type PushAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | null
      /** The service's `Date`, where it was told. */
      readonly date?: string
    }
  | { readonly kind: 'unprocessed' }
  | { readonly kind: 'broken'; readonly reason: string }

/** Sends one request. Never rejects; ends within its own deadline. */
export type Send = (request: PushRequest) => Promise<PushAnswer>
