import type { Entry, Seq } from '../../log/log.ts'
import { AttemptsUnderWay } from '../attempts-under-way.ts'
import { outcomeOf } from './attempts.ts'
import { signedHeaders } from './signature.ts'
import { openTarget } from './target.ts'
import { messageBody } from './webhook-event.ts'
import type { TextCipher } from './webhook-keys.ts'
import type {
  LeasedMessage,
  ToldAlarm,
  WebhookAnswer,
  WebhookOutbox,
  WebhookOutcome,
  WebhookSend,
} from './webhook-outbox.ts'
import { webhookUrlFault } from './webhook-url.ts'

/** Longer than a request may take, so that only who has died loses a lease. */
const leaseMs = 20_000
/** An alarm that was away for so long is told again when it comes back. */
const quietMs = 10 * 60_000
/** How often alarms are looked at and old dead letters deleted. */
const choresMs = 5_000
const deadKeptMs = 30 * 24 * 60 * 60_000
const deadMax = 10_000

type Deps = {
  readonly outbox: WebhookOutbox
  readonly log: { entryAt(seq: Seq): Promise<Entry | null>; epoch(): Promise<string> }
  readonly cipher: TextCipher
  readonly send: WebhookSend
  readonly localHosts: readonly string[]
  readonly alarms: () => Promise<readonly ToldAlarm[]>
  /** Called when a message is given up, with a sentence for the operator. */
  readonly gaveUp: (detail: string) => void
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  /** A new id, for each lease. */
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

/** How many attempts have ended how, since the start. */
export type WebhookAttempts = { accepted: number; failed: number; dead: number }

/**
 * Sends the messages of webhooks. One message of each webhook at a time, so that a slow receiver holds up itself alone.
 * Several may run at once on one database: each message is leased.
 */
export class WebhookDispatcher {
  readonly #deps: Deps
  readonly #underWay: AttemptsUnderWay<string>
  readonly attempts: WebhookAttempts = { accepted: 0, failed: 0, dead: 0 }
  #choresAt = Number.NEGATIVE_INFINITY

  constructor(deps: Deps) {
    this.#deps = deps
    this.#underWay = new AttemptsUnderWay((error) => deps.report(error, 'sending to a webhook'))
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
    const { outbox, now, newId } = this.#deps
    await this.#doChores()
    const claim = { lease: newId(), busy: this.#underWay.keys, leaseMs, now: now() }
    const { messages, nextMs } = await outbox.claim(claim)
    for (const message of messages) this.#underWay.begin(message.webhookId, this.#attempt(message))
    return nextMs
  }

  /** Resolves when what is under way now has ended. */
  async settled(): Promise<void> {
    await this.#underWay.settled()
  }

  /** Begins nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    await this.#underWay.stop()
  }

  async #attempt(message: LeasedMessage): Promise<void> {
    const { outbox, now, random } = this.#deps
    const body = await this.#bodyOf(message)
    const outcome =
      body === null
        ? ({ kind: 'dead', detail: 'the log has no such entry any more' } as const)
        : outcomeOf(await this.#answerTo(message, body), { attempts: message.attempts + 1, nowMs: now(), random })
    this.#count(message, outcome)
    await outbox.settle(message, outcome, now())
  }

  async #answerTo(message: LeasedMessage, body: string): Promise<WebhookAnswer> {
    const { cipher, send, localHosts, now } = this.#deps
    let target: Awaited<ReturnType<typeof openTarget>>
    try {
      target = await openTarget(cipher, message, now())
    } catch {
      return { kind: 'failed', reason: 'its address and secret cannot be decrypted: is the secret the right one?' }
    }
    // Checked again: what is allowed may have changed since it was stored.
    const fault = webhookUrlFault(target.url, localHosts)
    if (fault !== null) return { kind: 'failed', reason: fault.detail }
    const timestampSeconds = Math.floor(now() / 1_000)
    const headers = await signedHeaders({ id: message.id, timestampSeconds, body }, target.secrets)
    return send({ url: target.url, headers, body })
  }

  /** Null: the entry that it tells of is not there, as after an older backup was restored. */
  async #bodyOf(message: LeasedMessage): Promise<string | null> {
    const { log } = this.#deps
    const { seq } = message.subject
    if (typeof seq !== 'number') return messageBody(message, null, '')
    const [entry, epoch] = await Promise.all([log.entryAt(seq), log.epoch()])
    return entry === null ? null : messageBody(message, entry, epoch)
  }

  #count({ webhookId, event }: LeasedMessage, { kind, detail }: WebhookOutcome): void {
    this.attempts[kind === 'accepted' ? 'accepted' : 'failed'] += 1
    if (kind !== 'dead' && kind !== 'ended') return
    this.attempts.dead += 1
    const why =
      kind === 'ended' ? 'its receiver wants nothing more (410)' : `it was tried for the last time (${detail})`
    this.#deps.gaveUp(`the webhook ${webhookId} was not told of ${event}: ${why}`)
  }

  /** Tells of alarms, and deletes old dead letters. Its failure holds up no message. */
  async #doChores(): Promise<void> {
    const { outbox, alarms, now, report } = this.#deps
    const present = now()
    // Also after a clock was set back.
    if (Math.abs(present - this.#choresAt) < choresMs) return
    this.#choresAt = present
    try {
      // Not of its own failures: that would be one more message that fails.
      const told = (await alarms()).filter(({ kind }) => kind !== 'webhook')
      await outbox.noteAlarms(told, quietMs, present)
      await outbox.prune({ keptMs: deadKeptMs, most: deadMax }, present)
    } catch (error) {
      report(error, 'telling webhooks of alarms')
    }
  }
}
