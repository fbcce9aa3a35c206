import { LRUCache } from 'lru-cache'

/**
 * Signs a VAPID token (RFC 8292): gives the whole `Authorization` value, at once where the platform can. Throws or
 * rejects for a key id that is not ours.
 */
export type SignVapid = (keyId: string, audience: string, expiresSeconds: number) => string | Promise<string>

const lifeSeconds = 12 * 60 * 60
const renewSeconds = 6 * 60 * 60
/** One origin and key each: more than there are, and what is not used makes way. */
const tokensMax = 1_000

type Token = { authorization: string | Promise<string>; readonly expiresSeconds: number }

/** One token per origin and key, signed for 12 hours and renewed with 6 left, as RFC 8292 §2 asks. */
export class VapidTokens {
  readonly #sign: SignVapid
  readonly #now: () => number
  readonly #keyIds: readonly string[]
  readonly #tokens = new LRUCache<string, Token>({ max: tokensMax })

  /** `keyIds` are all of our keys, the one that browsers subscribe with now first. */
  constructor(sign: SignVapid, now: () => number, keyIds: readonly string[] = []) {
    this.#sign = sign
    this.#now = now
    this.#keyIds = keyIds
  }

  /** Our other keys, in the order in which to try them. */
  others(keyId: string): readonly string[] {
    return this.#keyIds.filter((it) => it !== keyId)
  }

  /** The `Authorization` header for requests to an origin, for a subscription made with that key. */
  authorization(keyId: string, origin: string): string | Promise<string> {
    const name = `${keyId} ${origin}`
    const nowSeconds = Math.floor(this.#now() / 1_000)
    const kept = this.#tokens.get(name)
    const leftSeconds = (kept?.expiresSeconds ?? 0) - nowSeconds
    // One that lives longer than any is made was signed before the clock was set back: services refuse it.
    if (kept !== undefined && leftSeconds > renewSeconds && leftSeconds <= lifeSeconds) return kept.authorization
    const expiresSeconds = nowSeconds + lifeSeconds
    const authorization = this.#sign(keyId, origin, expiresSeconds)
    const token = { authorization, expiresSeconds }
    this.#tokens.set(name, token)
    if (typeof authorization !== 'string') this.#settle(name, token, authorization)
    return authorization
  }

  /** Forgets an origin's tokens, so that the next is signed anew: after the service refused one. */
  renew(keyId: string, origin: string): void {
    this.#tokens.delete(`${keyId} ${origin}`)
  }

  /**
   * All who ask while a token is being signed wait for the same one; once signed, nobody waits. One that could not be
   * signed is tried anew.
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
