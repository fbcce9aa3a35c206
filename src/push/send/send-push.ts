import { LRUCache } from 'lru-cache'
import type { PushAnswer, Seal, Send } from '../crypto/seal.ts'
import type { VapidTokens } from '../crypto/vapid-tokens.ts'
import { type AlarmKind, PushAlarm } from '../outbox/alarms.ts'
import { endpointFault, suffixOf } from '../subscriptions/push-services.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { AdaptiveConcurrency } from './adaptive-concurrency.ts'
import { afterBroken, type Verdict, verdictOf } from './retry-policy.ts'

/** A push for one reader: the plaintext, or the ciphertext that a former attempt left. */
export type PushMessage = {
  readonly subscription: Subscription
  readonly payload: Uint8Array
  readonly sealed: Uint8Array | null
  readonly ttlSeconds: number
  readonly urgency: 'high' | 'normal' | 'low'
  readonly topic: string
  readonly attempts: number
  readonly lookedGone: boolean
}

/**
 * What is to be done, and the ciphertext that was sent, to be kept for a retry; null when nothing was sealed. With
 * `vapidKeyId` the service took that key of ours and not the one that is stored.
 */
export type Report = { readonly verdict: Verdict; readonly sealed: Uint8Array | null; readonly vapidKeyId?: string }

export type SendPushDeps = {
  readonly seal: Seal
  readonly send: Send
  readonly tokens: VapidTokens
  readonly hosts: readonly string[]
  readonly now: () => number
  /** 0 to 1, for the jitter. */
  readonly random: () => number
  readonly report: (error: unknown, doing: string) => void
}

const ttlMost = 28 * 24 * 60 * 60
const unprocessedMost = 3
const otherKeysMost = 2
/** Nothing is asked again within one delivery later than this: with the last request it stays below `requestMostMs`. */
const againWithinMs = 1_000
const alarmEveryMs = 60 * 60_000
const originsMax = 1_000
const compareEveryMs = 60_000
/** Less than this may be a slow answer; more makes alerts expire early or late. */
const clockOffMsMax = 5 * 60_000
/** Stands for the reasons of an address that may not be asked, of which there could be as many as addresses. */
const notAllowed = 'stored addresses are not at a push service that is allowed now (PUSH_HOSTS): nothing is sent there'

/** Takes one push to its service: address checked, sealed once, signed once per origin, and the answer weighed. */
export class SendPush {
  readonly #deps: SendPushDeps
  readonly #paces = new LRUCache<string, AdaptiveConcurrency>({ max: originsMax })
  readonly #compared = new LRUCache<string, number>({ max: originsMax })
  readonly #alarms = new LRUCache<string, number>({ max: originsMax })

  constructor(deps: SendPushDeps) {
    this.#deps = deps
  }

  /** The pace of an endpoint's service. */
  paceOf(endpoint: string): AdaptiveConcurrency {
    const { origin, hostname } = new URL(endpoint)
    const known = this.#paces.get(origin)
    if (known !== undefined) return known
    const pace = new AdaptiveConcurrency(suffixOf(hostname, this.#deps.hosts) !== null)
    this.#paces.set(origin, pace)
    return pace
  }

  /** Sends one push; never rejects. Trouble of our own making fails this push and is reported, once an hour a kind. */
  async deliver(message: PushMessage): Promise<Report> {
    const { endpoint } = message.subscription
    const fault = endpointFault(endpoint, this.#deps.hosts)
    if (fault !== null) {
      this.#alarm(null, notAllowed, 'ours')
      return { verdict: { act: 'failed', cause: 'ours' }, sealed: null }
    }
    let sealed = message.sealed
    try {
      sealed ??= await this.#deps.seal(message.payload, message.subscription)
      const { answer, vapidKeyId } = await this.#askWithKeys(message, sealed)
      const verdict = this.#weigh(message, answer)
      return vapidKeyId === message.subscription.vapidKeyId ? { verdict, sealed } : { verdict, sealed, vapidKeyId }
    } catch (error) {
      return this.#fail(message, error instanceof Error ? error.message : String(error))
    }
  }

  #fail({ subscription }: PushMessage, reason: string): Report {
    this.#alarm(new URL(subscription.endpoint).host, reason)
    return { verdict: { act: 'failed', cause: 'ours' }, sealed: null }
  }

  /**
   * Asks with the key that the subscription was made with, and where the service does not take that, with others of
   * ours: an imported row may name the wrong one. Only an acceptance counts then; what a stranger's key is told does not.
   */
  async #askWithKeys(
    message: PushMessage,
    body: Uint8Array,
  ): Promise<{ readonly answer: PushAnswer; readonly vapidKeyId: string }> {
    const { now, tokens } = this.#deps
    const { vapidKeyId } = message.subscription
    const begunMs = now()
    const answer = await this.#ask(message, body, vapidKeyId, begunMs)
    if (!refusesKey(answer)) return { answer, vapidKeyId }
    for (const other of tokens.others(vapidKeyId).slice(0, otherKeysMost)) {
      if (now() - begunMs > againWithinMs) break
      const next = await this.#ask(message, body, other, begunMs)
      if (isAccepted(next)) return { answer: next, vapidKeyId: other }
    }
    return { answer, vapidKeyId }
  }

  /** Asks again at once while the service says that it did not look: bounded, for a service may say so for ever. */
  async #ask(
    { subscription, ttlSeconds, urgency, topic }: PushMessage,
    body: Uint8Array,
    vapidKeyId: string,
    begunMs: number,
  ): Promise<PushAnswer> {
    const { endpoint } = subscription
    const token = this.#deps.tokens.authorization(vapidKeyId, new URL(endpoint).origin)
    const headers = {
      authorization: typeof token === 'string' ? token : await token,
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: String(Math.min(ttlSeconds, ttlMost)),
      urgency,
      topic,
    }
    let answer: PushAnswer = { kind: 'unprocessed' }
    for (let time = 0; time < unprocessedMost && answer.kind === 'unprocessed'; time += 1) {
      if (time > 0 && this.#deps.now() - begunMs > againWithinMs) break
      answer = await this.#deps.send({ endpoint, headers, body })
    }
    return answer
  }

  #weigh({ subscription, attempts, lookedGone }: PushMessage, answer: PushAnswer): Verdict {
    const { now, random, tokens } = this.#deps
    const { endpoint, createdAt, vapidKeyId } = subscription
    const { origin, host } = new URL(endpoint)
    const pace = this.paceOf(endpoint)
    if (answer.kind === 'unprocessed') {
      if (pace.note('throttled', now())) this.#alarm(host, 'it refuses to look at requests; it rests', 'throttled')
      return { act: 'again', afterMs: Math.round(random() * 1_000), counted: false, cause: 'unprocessed' }
    }
    if (answer.kind === 'broken') {
      if (pace.note('down', now())) this.#alarm(host, answer.reason, 'down')
      return afterBroken(attempts, random)
    }
    if (answer.date !== undefined) this.#compareClocks(host, answer.date)
    const asked = { attempts, lookedGone, nowMs: now(), ageMs: now() - Date.parse(createdAt) }
    const verdict = verdictOf(answer.status, answer.retryAfter, asked, random)
    const cause = verdict.act === 'again' || verdict.act === 'failed' ? verdict.cause : 'ok'
    if (cause === 'key') tokens.renew(vapidKeyId, origin)
    if (cause === 'throttled' || cause === 'down' || cause === 'key') {
      const waitMs = verdict.act === 'again' ? verdict.afterMs : 0
      if (pace.note(cause, now(), waitMs)) this.#alarm(host, `too many answers ${answer.status}; it rests`, cause)
    } else pace.note('ok', now())
    // One refused token may be one odd subscription; only many are the desk's business, and the pace notes those.
    if (verdict.act === 'failed')
      this.#alarm(host, `answer ${answer.status} (${verdict.cause})`, verdict.cause === 'ours' ? 'ours' : null)
    return verdict
  }

  /** A wrong clock makes every token wrong (RFC 8292 §2): looked at once a minute for each service that is named. */
  #compareClocks(host: string, date: string): void {
    const nowMs = this.#deps.now()
    const agoMs = nowMs - (this.#compared.get(host) ?? Number.NEGATIVE_INFINITY)
    if ((agoMs >= 0 && agoMs < compareEveryMs) || !this.#deps.hosts.includes(host)) return
    this.#compared.set(host, nowMs)
    const offMs = nowMs - Date.parse(date)
    if (!(Math.abs(offMs) > clockOffMsMax)) return
    const minutes = Math.round(Math.abs(offMs) / 60_000)
    const how = `our clock is ${minutes} minutes ${offMs > 0 ? 'ahead of' : 'behind'} the service's`
    this.#alarm(host, `${how}: one of them is wrong, and with a wrong one all tokens are refused`, 'clock')
  }

  /** Once an hour for each service and reason. Hosts below a suffix are one service: strangers may make up their names. */
  #alarm(host: string | null, reason: string, kind: AlarmKind | null = null): void {
    const suffix = host === null ? null : suffixOf(host, this.#deps.hosts)
    const name = suffix === null ? `${host} ${reason}` : `*${suffix} ${kind}`
    const nowMs = this.#deps.now()
    const agoMs = nowMs - (this.#alarms.get(name) ?? Number.NEGATIVE_INFINITY)
    if (agoMs >= 0 && agoMs < alarmEveryMs) return
    this.#alarms.set(name, nowMs)
    const error = kind === null ? new Error(`${host}: ${reason}`) : new PushAlarm(kind, host, reason)
    this.#deps.report(error, 'sending pushes')
  }
}

function refusesKey(answer: PushAnswer): boolean {
  return answer.kind === 'answered' && (answer.status === 401 || answer.status === 403)
}

function isAccepted(answer: PushAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}
