import * as z from 'zod'
import { webhookUrlFault } from '../../desk/webhooks/webhook-url.ts'
import { toBase64url, utf8 } from '../../domain/parsing/base64url.ts'
import { invalid, type Mistake, Problem } from '../../domain/problem.ts'
import { type KeyedHash, keyedHash } from '../crypto/hmac.ts'
import { TextEncryption } from '../crypto/text-encryption.ts'
import { contentHash } from './websub-messages.ts'
import type { WebSubRequest, WebSubStore } from './websub-store.ts'

/** The longest lease: a subscriber that has gone is told for no longer. */
export const leaseSecondsMax = 10 * 24 * 60 * 60
/** A shorter one would end between two alerts. */
export const leaseSecondsMin = 5 * 60
const leaseSecondsUsual = leaseSecondsMax
const charsMax = 2_048
/** The specification wants fewer than 200 bytes (§5.1). */
const secretBytesMax = 199
/** The most subscriptions to callbacks of one host, and in all. */
const limits = { perHostMax: 500, allMax: 10_000 } as const
const retryAfterSeconds = 60 * 60

/** The form that subscribes and unsubscribes (W3C WebSub §5.1). */
export const webSubSchema = z.looseObject({
  'hub.mode': z.enum(['subscribe', 'unsubscribe']),
  'hub.topic': z.url().max(charsMax).describe('The address of one of our feeds: its rel="self"'),
  'hub.callback': z.url().max(charsMax).describe('Where the feed is sent: https, of the public internet'),
  'hub.lease_seconds': z.string().regex(/^\d+$/).optional().describe(`At most ${leaseSecondsMax}, which is usual`),
  'hub.secret': z.string().optional().describe('Signs what is sent: fewer than 200 bytes'),
})

type Asked = Pick<WebSubRequest, 'topic' | 'mode' | 'leaseSeconds' | 'seq' | 'hash'> & {
  readonly callback: string
  readonly secret: string
}

type Deps = {
  readonly store: WebSubStore
  /** The secret that callbacks are encrypted with at rest. */
  readonly secret: Uint8Array
  /** Hosts of the own network that the operator allows. */
  readonly localHosts: readonly string[]
  /** The newest entry of the log. */
  readonly head: () => Promise<number>
  /** Something is asked for, and waits for its verification. */
  readonly asked?: () => void
  readonly now: () => number
}

/** How callbacks and secrets are kept. */
export class WebSubCipher {
  readonly #encryption: TextEncryption
  readonly #secret: Uint8Array
  #hash: Promise<KeyedHash> | null = null

  constructor(secret: Uint8Array) {
    this.#secret = secret
    this.#encryption = new TextEncryption(secret, 'websub')
  }

  /** A keyed hash that a callback or a host is found by. */
  async name(...parts: readonly string[]): Promise<string> {
    this.#hash ??= keyedHash(this.#secret, 'websub name')
    return toBase64url(await (await this.#hash)(JSON.stringify(parts)))
  }

  seal(text: string, what: 'callback' | 'secret', key: string): Promise<Uint8Array> {
    return this.#encryption.encrypt(text, `${what} ${key}`)
  }

  open(sealed: Uint8Array, what: 'callback' | 'secret', key: string): Promise<string> {
    return this.#encryption.decrypt(sealed, `${what} ${key}`)
  }
}

/**
 * The hub (W3C WebSub §3): takes requests for our own feeds. Nothing is done before the callback has confirmed it, so that
 * nobody subscribes or unsubscribes another.
 */
export class WebSubHub {
  readonly #deps: Deps
  readonly #cipher: WebSubCipher

  constructor(deps: Deps) {
    this.#deps = deps
    this.#cipher = new WebSubCipher(deps.secret)
  }

  /**
   * Keeps a request until it is verified. `feedAt`: reads the feed at an address; throws a Problem for what is no feed of
   * ours. Throws a Problem: 400 for what is wrong with the form, 429 and 503 beyond the limits.
   */
  async ask(form: URLSearchParams, feedAt: (topic: URL) => Promise<{ readonly body: string }>): Promise<void> {
    const { store, now, asked } = this.#deps
    const parsed = this.#parsed(form)
    // Before the feed, so that what comes in between is told.
    const seq = await this.#deps.head()
    const hash = await contentHash((await feedAt(new URL(parsed.topic))).body)
    const request = await this.#sealed({ ...parsed, seq, hash })
    const kept = await store.ask(request, limits, now())
    if (kept === 'host-full')
      throw new Problem(
        429,
        'too-many-of-host',
        `There are ${limits.perHostMax} subscriptions to callbacks of this host, the most that there can be. End some first.`,
        { retryAfterSeconds },
      )
    if (kept === 'full')
      throw new Problem(
        503,
        'hub-full',
        'This hub takes no more subscriptions now. Read the feed, or try again later.',
        {
          retryAfterSeconds,
        },
      )
    asked?.()
  }

  #parsed(form: URLSearchParams) {
    const mistakes: Mistake[] = []
    const one = (name: string): string => {
      const [value, ...more] = form.getAll(name)
      if (more.length > 0) mistakes.push(mistake(name, 'repeated', `${name} is given more than once.`))
      return value ?? ''
    }
    const mode = one('hub.mode')
    if (mode !== 'subscribe' && mode !== 'unsubscribe')
      mistakes.push(mistake('hub.mode', 'unknown-mode', 'hub.mode is subscribe or unsubscribe.'))
    const topic = one('hub.topic')
    const callback = one('hub.callback')
    for (const [name, url] of Object.entries({ 'hub.topic': topic, 'hub.callback': callback }))
      if (!URL.canParse(url) || url.length > charsMax)
        mistakes.push(mistake(name, 'not-a-url', `${name} is a URL of at most ${charsMax} characters.`))
    const fault = URL.canParse(callback) ? this.#fault(callback) : null
    if (fault !== null) mistakes.push(mistake('hub.callback', 'address-refused', fault))
    const secret = one('hub.secret')
    if (utf8(secret).length > secretBytesMax)
      mistakes.push(mistake('hub.secret', 'too-long', 'hub.secret has fewer than 200 bytes.'))
    const seconds = one('hub.lease_seconds')
    if (!/^\d{0,15}$/.test(seconds))
      mistakes.push(mistake('hub.lease_seconds', 'not-a-number', 'hub.lease_seconds is a whole number of seconds.'))
    if (mistakes.length > 0) throw invalid('request', mistakes)
    return {
      ...{ topic: new URL(topic).href, callback: new URL(callback).href, secret, mode: mode as WebSubRequest['mode'] },
      leaseSeconds: leaseSecondsOf(seconds),
    }
  }

  #fault(callback: string): string | null {
    return webhookUrlFault(callback, this.#deps.localHosts, 'WEBSUB_LOCAL_HOSTS')?.detail ?? null
  }

  async #sealed({ callback, secret, ...request }: Asked): Promise<WebSubRequest> {
    const cipher = this.#cipher
    const key = await cipher.name(callback, request.topic)
    return {
      ...{ ...request, key, host: await cipher.name(new URL(callback).host) },
      callback: await cipher.seal(callback, 'callback', key),
      secret: secret === '' ? null : await cipher.seal(secret, 'secret', key),
    }
  }
}

/** The hub decides how long a lease is (§5.1); '': the usual one. */
function leaseSecondsOf(asked: string): number {
  const seconds = asked === '' ? leaseSecondsUsual : Number(asked)
  return Math.min(leaseSecondsMax, Math.max(leaseSecondsMin, seconds))
}

function mistake(name: string, code: string, detail: string): Mistake {
  return { pointer: `/${name}`, code, detail }
}
