import { LRUCache } from 'lru-cache'
import { parseHttpDate } from '../../protocol/headers/http-date.ts'
import type { PushRequest, PushResult, Seal, Send } from '../crypto/seal.ts'
import type { VapidTokens } from '../crypto/vapid-tokens.ts'
import { type AlarmKind, PushAlarm } from '../outbox/alarms.ts'
import type { Due, ServiceRoom } from '../outbox/outbox.ts'
import { endpointFault, startOf, suffixOf } from '../subscriptions/push-services.ts'
import type { PushAddress, Subscription } from '../subscriptions/subscription.ts'
import type { AdaptiveConcurrency } from './adaptive-concurrency.ts'
import type { Permits } from './failed-endpoint-permits.ts'
import { accepted, afterConnectionError, isAccepting, type RetryDecision, retryDecision } from './retry-policy.ts'
import { ServiceLimits } from './service-limits.ts'

/** A push for one reader: the plaintext, or the ciphertext of a former attempt. */
export type PushMessage = {
  readonly subscription: PushAddress & Pick<Subscription, 'vapidKeyId' | 'createdAt'>
  readonly payload: Uint8Array
  readonly sealed: Uint8Array | null
  readonly ttlSeconds: number
  readonly urgency: 'high' | 'normal' | 'low'
  readonly topic: string
  readonly attempts: number
  readonly lookedGone: boolean
}

/**
 * What to do next, and the ciphertext that was sent, to be stored for a retry; null when nothing was encrypted. With
 * `vapidKeyId`, the service accepted that key of ours instead of the stored one.
 */
type DeliveryResult = {
  readonly decision: RetryDecision
  readonly sealed: Uint8Array | null
  readonly vapidKeyId?: string
}

type Service = Pick<URL, 'origin' | 'host' | 'hostname'> & {
  /** What is wrong with every endpoint that begins so, by `endpointFault`; null: nothing. */
  readonly fault: string | null
  lastHeaders: LastHeaders | null
}

/** The headers of the last request to a service, and what they were made of. */
type LastHeaders = Pick<PushMessage, 'ttlSeconds' | 'urgency' | 'topic'> & {
  readonly authorization: string
  readonly headers: PushRequest['headers']
}

type SendPushDeps = {
  readonly seal: Seal
  readonly send: Send
  readonly tokens: VapidTokens
  readonly hosts: readonly string[]
  readonly now: () => number
  /** A random number from 0 to 1, for jitter. */
  readonly random: () => number
  readonly report: (error: unknown, doing: string) => void
  /** How many nodes send side by side; absent: this one alone. */
  readonly senders?: () => number
}

const ttlSecondsMax = 28 * 24 * 60 * 60
const unprocessedTriesMax = 3
const otherKeysMax = 2
/** Within one delivery, no request starts later than this. With the last request it stays below `requestMsMax`. */
const retryWithinMs = 1_000
const alarmEveryMs = 60 * 60_000
const originsMax = 1_000
/** An endpoint of visible ASCII characters without a fragment. `URL` may lengthen each of them to three at most. */
const plainEndpoint = /^[!-"$-~]+$/
const plainEndpointMax = 682
const clockCheckEveryMs = 60_000
/** A smaller difference may be a slow response. A larger one makes alerts expire early or late. */
const clockOffMsMax = 5 * 60_000
/** The common reason of all invalid endpoints: with a reason for each, alarms could become as many as addresses. */
const hostNotAllowed =
  'stored addresses are not at a push service that is allowed now (PUSH_HOSTS): nothing is sent there'

/**
 * Sends one push to its service: checks the address, encrypts once, signs once for each origin, and evaluates the
 * response.
 */
export class SendPush {
  readonly #deps: SendPushDeps
  readonly #limits: ServiceLimits
  readonly #services = new LRUCache<string, Service>({ max: originsMax })
  readonly #clockComparedMs = new LRUCache<string, number>({ max: originsMax })
  readonly #alarms = new LRUCache<string, number>({ max: originsMax })

  constructor(deps: SendPushDeps) {
    this.#deps = deps
    this.#limits = new ServiceLimits(deps)
  }

  /** The concurrency limit of an endpoint's service. */
  concurrencyOf(endpoint: string): AdaptiveConcurrency {
    return this.#limits.of(this.#serviceOf(endpoint))
  }

  /** The permits with which a push is sent. */
  permitsOf(due: Due): Permits {
    return this.#limits.permits(this.#serviceOf(due.subscription.endpoint), due)
  }

  /** The services that can take less than `most` pushes now, so that each is sent within the time in milliseconds. */
  rooms(most: number, withinMs: number): readonly ServiceRoom[] {
    return this.#limits.rooms(most, this.#deps.now(), withinMs)
  }

  /** Sends one push. Never rejects. An error of our own fails this push, and is reported once an hour for each kind. */
  async deliver(message: PushMessage): Promise<DeliveryResult> {
    const { endpoint, vapidKeyId } = message.subscription
    if (this.#faultOf(endpoint) !== null) {
      this.#alarm(null, hostNotAllowed, 'ours')
      return { decision: { act: 'failed', cause: 'invalid-request' }, sealed: null }
    }
    let { sealed } = message
    try {
      if (sealed === null) {
        const sealing = this.#deps.seal(message.payload, message.subscription)
        sealed = sealing instanceof Promise ? await sealing : sealing
      }
      const begunMs = this.#deps.now()
      const answer = await this.#request(message, sealed, vapidKeyId, begunMs)
      if (!refusesKey(answer)) return { decision: this.#decide(message, answer), sealed }
      return await this.#tryOtherKeys(message, sealed, answer, begunMs)
    } catch (error) {
      return this.#fail(message, error instanceof Error ? error.message : String(error))
    }
  }

  /** What is wrong with an endpoint, by `endpointFault`; null: nothing. Of a known service, only the path is checked. */
  #faultOf(endpoint: string): string | null {
    const isPlain = endpoint.length <= plainEndpointMax && plainEndpoint.test(endpoint)
    const known = isPlain ? this.#services.get(startOf(endpoint)) : undefined
    return known === undefined ? endpointFault(endpoint, this.#deps.hosts) : known.fault
  }

  /** The service of an endpoint. It is parsed once for all endpoints with the same scheme and host. Throws when it is no URL. */
  #serviceOf(endpoint: string): Service {
    const start = startOf(endpoint)
    const known = this.#services.get(start)
    if (known !== undefined) return known
    const { origin, host, hostname } = new URL(endpoint)
    const fault = endpointFault(`${start}/`, this.#deps.hosts)
    const service: Service = { origin, host, hostname, fault, lastHeaders: null }
    this.#services.set(start, service)
    return service
  }

  #fail({ subscription }: PushMessage, reason: string): DeliveryResult {
    this.#alarm(this.#serviceOf(subscription.endpoint).host, reason)
    return { decision: { act: 'failed', cause: 'invalid-request' }, sealed: null }
  }

  /**
   * After the service refused the key that the subscription was made with: tries our other keys, because an imported row
   * may name the wrong one. With those, only an acceptance counts: what a service answers to a wrong key says nothing
   * about the subscription.
   */
  async #tryOtherKeys(
    message: PushMessage,
    sealed: Uint8Array,
    refusal: PushResult,
    begunMs: number,
  ): Promise<DeliveryResult> {
    const { now, tokens } = this.#deps
    for (const other of tokens.otherKeyIds(message.subscription.vapidKeyId).slice(0, otherKeysMax)) {
      if (now() - begunMs > retryWithinMs) break
      const answer = await this.#request(message, sealed, other, begunMs)
      if (isAccepted(answer)) return { decision: this.#decide(message, answer), sealed, vapidKeyId: other }
    }
    return { decision: this.#decide(message, refusal), sealed }
  }

  async #request(message: PushMessage, body: Uint8Array, vapidKeyId: string, begunMs: number): Promise<PushResult> {
    const { endpoint } = message.subscription
    const service = this.#serviceOf(endpoint)
    const token = this.#deps.tokens.authorization(vapidKeyId, service.origin)
    const headers = headersOf(service, message, typeof token === 'string' ? token : await token)
    const answer = await this.#deps.send({ endpoint, headers, body })
    return answer.kind === 'unprocessed' ? this.#requestAgain({ endpoint, headers, body }, begunMs) : answer
  }

  /**
   * Sends again at once while the service did not process the request. The number is limited, as a service may never
   * process one.
   */
  async #requestAgain(request: PushRequest, begunMs: number): Promise<PushResult> {
    let answer: PushResult = { kind: 'unprocessed' }
    for (let time = 1; time < unprocessedTriesMax && answer.kind === 'unprocessed'; time += 1) {
      if (this.#deps.now() - begunMs > retryWithinMs) break
      answer = await this.#deps.send(request)
    }
    return answer
  }

  #decide(message: PushMessage, answer: PushResult): RetryDecision {
    const { now, random, tokens } = this.#deps
    const { attempts, lookedGone } = message
    const { endpoint, createdAt, vapidKeyId } = message.subscription
    const service = this.#serviceOf(endpoint)
    const { origin, host } = service
    if (answer.kind === 'unprocessed') {
      if (this.#limits.record(service, message, 'throttled', now()))
        this.#alarm(host, 'it refuses requests unread; requests to it are paused', 'throttled')
      return { act: 'again', afterMs: Math.round(random() * 1_000), counted: false, cause: 'unprocessed' }
    }
    if (answer.kind === 'broken') {
      if (this.#limits.record(service, message, 'down', now())) this.#alarm(host, answer.reason, 'down')
      return afterConnectionError(attempts, random)
    }
    if (answer.date !== undefined) this.#compareClocks(host, answer.date)
    if (isAccepting(answer.status)) {
      this.#limits.record(service, message, 'ok', now())
      return accepted
    }
    const attempt = { attempts, lookedGone, nowMs: now(), ageMs: now() - Date.parse(createdAt) }
    const decision = retryDecision(answer.status, answer.retryAfter, attempt, random)
    const cause = decision.act === 'again' || decision.act === 'failed' ? decision.cause : 'ok'
    if (cause === 'key') tokens.invalidate(vapidKeyId, origin)
    if (cause === 'throttled' || cause === 'down' || cause === 'key') {
      const waitMs = decision.act === 'again' ? decision.afterMs : 0
      if (this.#limits.record(service, message, cause, now(), waitMs))
        this.#alarm(host, `too many responses ${answer.status}; requests to it are paused`, cause)
    } else this.#limits.record(service, message, 'ok', now())
    // One refused token may be an odd subscription. Only many of them need an alarm; the concurrency limit counts them.
    if (decision.act === 'failed')
      this.#alarm(
        host,
        `response ${answer.status} (${decision.cause})`,
        decision.cause === 'invalid-request' ? 'ours' : null,
      )
    return decision
  }

  /** A wrong clock makes every token invalid (RFC 8292 §2). Checked once a minute for each known service. */
  #compareClocks(host: string, date: string): void {
    const nowMs = this.#deps.now()
    const agoMs = nowMs - (this.#clockComparedMs.get(host) ?? Number.NEGATIVE_INFINITY)
    if ((agoMs >= 0 && agoMs < clockCheckEveryMs) || !this.#deps.hosts.includes(host)) return
    this.#clockComparedMs.set(host, nowMs)
    const offMs = nowMs - (parseHttpDate(date, nowMs) ?? nowMs)
    if (Math.abs(offMs) <= clockOffMsMax) return
    const minutes = Math.round(Math.abs(offMs) / 60_000)
    const how = `our clock is ${minutes} minutes ${offMs > 0 ? 'ahead of' : 'behind'} the service's`
    this.#alarm(host, `${how}: one of them is wrong, and with a wrong one all tokens are refused`, 'clock')
  }

  /**
   * Reports once an hour for each service and reason. Hosts below a suffix count as one service, because anybody can
   * invent them, and are not named: such a host may be one reader's.
   */
  #alarm(host: string | null, reason: string, kind: AlarmKind | null = null): void {
    const suffix = host === null ? null : suffixOf(host, this.#deps.hosts)
    const name = suffix === null ? `${host} ${reason}` : `*${suffix} ${kind}`
    const nowMs = this.#deps.now()
    const agoMs = nowMs - (this.#alarms.get(name) ?? Number.NEGATIVE_INFINITY)
    if (agoMs >= 0 && agoMs < alarmEveryMs) return
    this.#alarms.set(name, nowMs)
    const shown = suffix === null ? host : `*${suffix}`
    const detail = host === null || shown === null ? reason : reason.replaceAll(host, shown)
    const error = kind === null ? new Error(`${shown}: ${detail}`) : new PushAlarm(kind, shown, detail)
    this.#deps.report(error, 'sending pushes')
  }
}

/** The last headers again where they are the same, so that what a connection has made of them can be used again. */
function headersOf(
  service: Service,
  { ttlSeconds, urgency, topic }: PushMessage,
  authorization: string,
): PushRequest['headers'] {
  const ttl = Math.min(ttlSeconds, ttlSecondsMax)
  const last = service.lastHeaders
  if (
    last?.authorization === authorization &&
    last.ttlSeconds === ttl &&
    last.urgency === urgency &&
    last.topic === topic
  )
    return last.headers
  const headers = {
    authorization,
    'content-encoding': 'aes128gcm',
    'content-type': 'application/octet-stream',
    ttl: String(ttl),
    urgency,
    topic,
  }
  service.lastHeaders = { authorization, ttlSeconds: ttl, urgency, topic, headers }
  return headers
}

function refusesKey(answer: PushResult): boolean {
  return answer.kind === 'answered' && (answer.status === 401 || answer.status === 403)
}

function isAccepted(answer: PushResult): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}
