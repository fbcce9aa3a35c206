import { AttemptsUnderWay } from '../../desk/attempts-under-way.ts'
import { outcomeOf } from '../../desk/webhooks/attempts.ts'
import type { WebhookAnswer, WebhookSend } from '../../desk/webhooks/webhook-outbox.ts'
import { webhookUrlFault } from '../../desk/webhooks/webhook-url.ts'
import { SlowHosts } from './slow-hosts.ts'
import { WebSubCipher } from './websub-hub.ts'
import { contentHash, hubSignature, withParameters } from './websub-messages.ts'
import type {
  DeliveryOutcome,
  FeedState,
  LeasedDelivery,
  LeasedRequest,
  RequestOutcome,
  WebSubStore,
} from './websub-store.ts'

/** Longer than a request may take, so that only who has died loses a lease. */
const leaseMs = 20_000
const verificationsMax = 3
const verifyAgainMs = 5_000
const perHostMax = 4
const concurrentMax = 64
/** The most of them to hosts that were slow of late. */
const slowMax = 16
const pruneMs = 60_000
const challengeBytesMax = 200
/** The most contents that are kept while the log stays as it is: some 100 KB each. */
const contentsMax = 100

/** A feed as it is now. */
export type TopicContent = { readonly type: string; readonly body: string; readonly link: string }

type Hashed = TopicContent & { readonly hash: string }

type Deps = {
  readonly store: WebSubStore
  /** The service's secret, which callbacks are encrypted with. */
  readonly secret: Uint8Array
  /** The newest entry of the log. */
  readonly head: () => Promise<number>
  /** The feed at an address; null: it is no feed of ours any more. */
  readonly content: (topic: string) => Promise<TopicContent | null>
  readonly send: WebhookSend
  readonly localHosts: readonly string[]
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  /** A random id, for each lease and each challenge (§5.3). One that holds the time could be guessed in part. */
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

/** How many attempts have ended how, since the start. */
export type WebSubAttempts = { verified: number; refused: number; accepted: number; failed: number; ended: number }

/**
 * Verifies what is asked of the hub (W3C WebSub §5.3), and sends the feeds that have changed to their subscribers (§7). A
 * subscriber is a reader with a cursor: the newest entry that it was told of. Several may run at once on one database: each
 * piece of work is leased.
 */
export class WebSubDispatcher {
  readonly #deps: Deps
  readonly #cipher: WebSubCipher
  /** What is under way, with its host. */
  readonly #underWay: AttemptsUnderWay<{ readonly host: string }>
  readonly #slow: SlowHosts
  readonly attempts: WebSubAttempts = { verified: 0, refused: 0, accepted: 0, failed: 0, ended: 0 }
  #contents = { head: -1, byTopic: new Map<string, Promise<Hashed | null>>() }
  #prunedAt = Number.NEGATIVE_INFINITY

  constructor(deps: Deps) {
    this.#deps = deps
    this.#underWay = new AttemptsUnderWay((error) => deps.report(error, 'telling subscribers of feeds'))
    this.#cipher = new WebSubCipher(deps.secret)
    this.#slow = new SlowHosts(deps.now)
  }

  /** Called after each attempt: something else may be due. */
  onSettled(act: () => void): void {
    this.#underWay.onSettled(act)
  }

  /**
   * Begins what is due, without waiting for it. Resolves with the time until the next is due (milliseconds); null: nothing
   * waits, or only what is under way.
   */
  async begin(): Promise<number | null> {
    const { head: newest } = this.#deps
    await this.#prune()
    const running = this.#underWay.keys
    const most = concurrentMax - running.length
    if (most <= 0) return null
    const head = await newest()
    const slow = this.#slow.hosts
    const first = await this.#beginSome(head, { most, without: slow })
    const slowPlaces = slowMax - running.filter(({ host }) => slow.has(host)).length
    const rest = Math.min(most - first.begun, slowPlaces)
    if (slow.size === 0 || rest <= 0) return first.nextMs
    const second = await this.#beginSome(head, { most: rest, without: new Set() })
    return second.nextMs
  }

  /** Begins at most so many of what is due, of hosts where nothing is under way. */
  async #beginSome(head: number, { most, without }: { readonly most: number; readonly without: ReadonlySet<string> }) {
    const { store, now, newId } = this.#deps
    const busy = [...new Set([...this.#underWay.keys.map(({ host }) => host), ...without])]
    const claim = { head, busy, lease: newId(), leaseMs, perHostMax, most, now: now() }
    const { requests, deliveries, nextMs } = await store.claim(claim)
    for (const request of requests) this.#underWay.begin(request, this.#slow.timed(request.host, this.#verify(request)))
    for (const delivery of deliveries)
      this.#underWay.begin(delivery, this.#slow.timed(delivery.host, this.#deliver(delivery, head)))
    return { begun: requests.length + deliveries.length, nextMs }
  }

  /** Resolves when what is under way now has ended. */
  async settled(): Promise<void> {
    await this.#underWay.settled()
  }

  /** Begins nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    await this.#underWay.stop()
  }

  /** Asks the callback whether it wants what was asked for in its name. */
  async #verify(request: LeasedRequest): Promise<void> {
    const { store, now } = this.#deps
    const outcome = await this.#verification(request)
    if (outcome.kind !== 'again') this.attempts[outcome.kind === 'confirmed' ? 'verified' : 'refused'] += 1
    await store.settleRequest(request, outcome, now())
  }

  async #verification(request: LeasedRequest): Promise<RequestOutcome> {
    const { newId } = this.#deps
    const { mode, topic, leaseSeconds, attempts } = request
    const challenge = newId()
    const answer = await this.#ask(request, {
      'hub.mode': mode,
      'hub.topic': topic,
      'hub.challenge': challenge,
      ...(mode === 'subscribe' ? { 'hub.lease_seconds': String(leaseSeconds) } : {}),
    })
    if (isSuccess(answer) && answer.text === challenge) return { kind: 'confirmed' }
    // What may pass: it was away, or busy. All other answers say no.
    const isAway = answer.kind === 'failed' || answer.status >= 500 || answer.status === 429
    if (!isAway || attempts + 1 >= verificationsMax) return { kind: 'refused' }
    return { kind: 'again', afterMs: verifyAgainMs * 4 ** attempts }
  }

  async #deliver(delivery: LeasedDelivery, head: number): Promise<void> {
    const { store, now } = this.#deps
    await store.settleDelivery(delivery, await this.#delivery(delivery, head), now())
  }

  async #delivery(delivery: LeasedDelivery, head: number): Promise<DeliveryOutcome> {
    const { now, random } = this.#deps
    const content = await this.#content(delivery.topic, head)
    if (content === null) {
      // §5.2: such as after the newsroom has dropped the language.
      await this.#ask(delivery, { 'hub.mode': 'denied', 'hub.topic': delivery.topic, 'hub.reason': 'no such feed' })
      return this.#ended()
    }
    const told: FeedState & { readonly kind: 'told' } = { kind: 'told', seq: head, hash: content.hash }
    // The entry said nothing that this feed has.
    if (content.hash === delivery.hash) return told
    const answer = await this.#post(delivery, content)
    const outcome = outcomeOf(answer, { attempts: delivery.attempts + 1, nowMs: now(), random })
    this.attempts[outcome.kind === 'accepted' ? 'accepted' : 'failed'] += 1
    if (outcome.kind === 'accepted') return told
    return outcome.kind === 'again' ? { kind: 'again', afterMs: outcome.afterMs } : this.#ended()
  }

  #ended(): DeliveryOutcome {
    this.attempts.ended += 1
    return { kind: 'ended' }
  }

  /** Made once for all subscribers of a feed. */
  #content(topic: string, head: number): Promise<Hashed | null> {
    if (head !== this.#contents.head || this.#contents.byTopic.size >= contentsMax)
      this.#contents = { head, byTopic: new Map() }
    const { byTopic } = this.#contents
    const known = byTopic.get(topic)
    if (known !== undefined) return known
    const making = this.#made(topic)
    byTopic.set(topic, making)
    making.catch(() => byTopic.delete(topic))
    return making
  }

  async #made(topic: string): Promise<Hashed | null> {
    const content = await this.#deps.content(topic)
    return content === null ? null : { ...content, hash: await contentHash(content.body) }
  }

  async #ask({ key, callback }: LeasedRequest | LeasedDelivery, parameters: Readonly<Record<string, string>>) {
    const url = await this.#address(key, callback)
    if (typeof url !== 'string') return url
    return this.#deps.send({
      ...{ url: withParameters(url, parameters), headers: {}, body: null, textBytesMax: challengeBytesMax },
    })
  }

  async #post({ key, callback, secret }: LeasedDelivery, { type, body, link }: TopicContent): Promise<WebhookAnswer> {
    const url = await this.#address(key, callback)
    if (typeof url !== 'string') return url
    const signature =
      secret === null
        ? {}
        : { 'x-hub-signature': await hubSignature(await this.#cipher.open(secret, 'secret', key), body) }
    return this.#deps.send({ url, headers: { 'content-type': type, link, ...signature }, body })
  }

  /** The callback, checked again: what is allowed may have changed since it was stored. */
  async #address(key: string, callback: Uint8Array): Promise<string | (WebhookAnswer & { readonly kind: 'failed' })> {
    let url: string
    try {
      url = await this.#cipher.open(callback, 'callback', key)
    } catch {
      return { kind: 'failed', reason: 'its callback cannot be decrypted: is the secret the right one?' }
    }
    const fault = webhookUrlFault(url, this.#deps.localHosts, 'WEBSUB_LOCAL_HOSTS')
    return fault === null ? url : { kind: 'failed', reason: fault.detail }
  }

  async #prune(): Promise<void> {
    const { store, now } = this.#deps
    const present = now()
    // Also after a clock was set back.
    if (Math.abs(present - this.#prunedAt) < pruneMs) return
    this.#prunedAt = present
    await store.prune(present)
  }
}

function isSuccess(answer: WebhookAnswer): answer is WebhookAnswer & { readonly kind: 'answered' } {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}
