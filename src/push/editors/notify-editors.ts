import { AttemptsUnderWay } from '../../desk/attempts-under-way.ts'
import type { ItemStore } from '../../desk/items/item-store.ts'
import type { AddressEncryption } from '../crypto/address-encryption.ts'
import { editorPayload } from '../send/editor-payload.ts'
import type { RetryDecision } from '../send/retry-policy.ts'
import type { SendPush } from '../send/send-push.ts'
import type { PushAddress } from '../subscriptions/subscription.ts'
import type { LeasedNotice, NoticeOutbox, NoticeOutcome } from './editor-browser-store.ts'
import { isStillSo } from './notice.ts'

/** Longer than a push may take, so that only who has died loses a lease. */
const leaseMs = 30_000
/** Later than this nobody is told: whoever comes to the desk sees it there. Its push service keeps it as long. */
const keptMs = 30 * 60_000
const attemptsMax = 8
/** How many are sent at once. */
const runningMax = 20

type Deps = {
  readonly outbox: NoticeOutbox
  readonly items: Pick<ItemStore, 'read'>
  readonly encryption: () => Promise<AddressEncryption>
  readonly sendPush: Pick<SendPush, 'deliver'>
  /** The `Topic` of a push, by what it is about. */
  readonly topic: (name: string) => Promise<string>
  /** The origin of the desk, without a trailing slash. */
  readonly publicUrl: string
  readonly now: () => number
  /** A new id, for each lease. */
  readonly newId: () => string
  readonly report: (error: unknown, doing: string) => void
}

/** Tells editors in their own browsers what waits for them. Several may run at once on one database: each notice is leased. */
export class NotifyEditors {
  readonly #deps: Deps
  readonly #underWay: AttemptsUnderWay<LeasedNotice>

  constructor(deps: Deps) {
    this.#deps = deps
    this.#underWay = new AttemptsUnderWay((error) => deps.report(error, 'notifying an editor'))
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
    const most = runningMax - this.#underWay.keys.length
    if (most <= 0) return null
    const { notices, nextMs } = await outbox.claim({ lease: newId(), most, leaseMs, keptMs, now: now() })
    for (const notice of notices) this.#underWay.begin(notice, this.#attempt(notice))
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

  async #attempt(notice: LeasedNotice): Promise<void> {
    const { outbox, items, now } = this.#deps
    const item = notice.itemId === null ? null : await items.read(notice.itemId)
    const outcome = isStillSo(notice.kind, item) ? await this.#send(notice) : ({ kind: 'done' } as const)
    await outbox.settle(notice, outcome, now())
  }

  async #send(notice: LeasedNotice): Promise<NoticeOutcome> {
    const { sendPush, topic, publicUrl, now } = this.#deps
    const { kind, itemId, language, attempts, lookedGone, vapidKeyId, createdAt } = notice
    const address = await this.#addressOf(notice)
    // Encrypted under a secret that is not here any more: the editor turns it on again.
    if (address === null) return { kind: 'gone' }
    const { decision } = await sendPush.deliver({
      subscription: { ...address, vapidKeyId, createdAt },
      payload: editorPayload({ kind, itemId, language, at: new Date(now()).toISOString() }, publicUrl),
      // Each attempt is encrypted anew, with keys of its own.
      sealed: null,
      ttlSeconds: keptMs / 1_000,
      urgency: 'high',
      topic: await topic(`desk ${kind} ${itemId ?? ''}`),
      attempts,
      lookedGone,
    })
    return outcomeOf(decision, notice)
  }

  async #addressOf({ address, endpointHash }: LeasedNotice): Promise<PushAddress | null> {
    const encryption = await this.#deps.encryption()
    return encryption.decrypt(address, endpointHash).catch(() => null)
  }
}

function outcomeOf(decision: RetryDecision, { attempts, lookedGone }: LeasedNotice): NoticeOutcome {
  if (decision.act === 'gone') return { kind: 'gone' }
  if (decision.act !== 'again' || attempts + 1 >= attemptsMax) return { kind: 'done' }
  const { afterMs, counted: isCounted, cause } = decision
  return { kind: 'again', afterMs, isCounted, lookedGone: lookedGone || cause === 'young' }
}
