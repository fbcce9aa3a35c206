import { LRUCache } from 'lru-cache'

/**
 * Signs a VAPID token (RFC 8292). Gives the value of the `Authorization` header, synchronously where the platform can.
 * Throws or rejects for an unknown key id.
 */
export type SignVapid = (keyId: string, audience: string, expiresSeconds: number) => string | Promise<string>

const lifeSeconds = 12 * 60 * 60
const renewSeconds = 6 * 60 * 60
/** The most tokens in the cache, one for each origin and key. The least recently used is evicted. */
const tokensMax = 1_000

type Token = { authorization: string | Promise<string>; readonly expiresSeconds: number }

/**
 * Caches one token for each origin and key. A token is valid for 12 hours and renewed when 6 are left (RFC 8292 §2).
 */
export class VapidTokens {
  readonly #sign: SignVapid
  readonly #now: () => number
  readonly #keyIds: readonly string[]
  readonly #tokens = new LRUCache<string, Token>({ max: tokensMax })

  /** `keyIds` are all of our keys, with the one that browsers subscribe with now first. */
  constructor(sign: SignVapid, now: () => number, keyIds: readonly string[] = []) {
    this.#sign = sign
    this.#now = now
    this.#keyIds = keyIds
  }

  /** Our other keys, in the order in which to try them. */
  otherKeyIds(keyId: string): readonly string[] {
    return this.#keyIds.filter((it) => it !== keyId)
  }

  /** The `Authorization` header for requests to an origin, for a subscription that was made with that key. */
  authorization(keyId: string, origin: string): string | Promise<string> {
    const name = `${keyId} ${origin}`
    const nowSeconds = Math.floor(this.#now() / 1_000)
    const cached = this.#tokens.get(name)
    const leftSeconds = (cached?.expiresSeconds ?? 0) - nowSeconds
    // A token with more time left than a new one was signed before the clock was set back. Services would refuse it.
    if (cached !== undefined && leftSeconds > renewSeconds && leftSeconds <= lifeSeconds) return cached.authorization
    const expiresSeconds = nowSeconds + lifeSeconds
    const authorization = this.#sign(keyId, origin, expiresSeconds)
    const token = { authorization, expiresSeconds }
    this.#tokens.set(name, token)
    if (typeof authorization !== 'string') this.#settle(name, token, authorization)
    return authorization
  }

  /** Removes an origin's token from the cache after the service has refused one, so that the next is newly signed. */
  invalidate(keyId: string, origin: string): void {
    this.#tokens.delete(`${keyId} ${origin}`)
  }

  /**
   * Concurrent callers share the signing of a token; afterwards it is given synchronously. A failed signing is repeated
   * by the next caller.
   */
  #settle(name: string, token: Token, signing: Promise<string>): void {
    signing.then(
      (authorization) => {
        token.authorization = authorization
      },
      () => {
        if (this.#tokens.get(name) === token) this.#tokens.delete(name)
      },
    )
  }
}
