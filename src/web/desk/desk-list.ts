import type { Alert } from '../../domain/alert-types.ts'
import type { ProblemBody } from '../../domain/problem.ts'
import { byId } from '../shared/dom.ts'
import { showLocalTimes } from '../shared/times.ts'
import { type Answer, call } from './desk-api.ts'
import { type DeskActs, DeskCard } from './desk-card.ts'
import { deskLanguage, t } from './state/desk-words.ts'
import type { Say } from './state/item-news.ts'

type Acts = DeskActs & {
  readonly say: Say
  /** Asks for the key again when the session has ended. Returns whether it had. */
  readonly isSignedOut: (problem: ProblemBody) => boolean
}

/** How often "5 minutes ago" is written again. */
const renewMs = 30_000
/** Several changes within a moment are read at once. */
const soonMs = 200

/** What was published, newest first, live and test: each can be updated, corrected, retracted and followed. */
export class DeskList {
  readonly #acts: Acts
  readonly #list = byId('sent', HTMLOListElement)
  readonly #cards = new Map<string, DeskCard>()
  #stale = false
  #isWholeWanted = false
  #soon: ReturnType<typeof setTimeout> | undefined
  #reads = 0

  constructor(acts: Acts) {
    this.#acts = acts
    byId('refresh', HTMLButtonElement).addEventListener('click', () => void this.#refreshAsked())
    setInterval(() => showLocalTimes(this.#list, deskLanguage()), renewMs)
    this.#list.addEventListener('focusout', () => setTimeout(() => this.#catchUp()))
    // A dialog's `close` event does not bubble, but it can be captured.
    document.addEventListener('close', () => setTimeout(() => this.#catchUp()), true)
  }

  /**
   * Called when something was published: loads the list again. While one of its buttons has the focus, no item is added
   * or moved; only the items that are there are updated.
   */
  refreshSoon(): void {
    this.#stale = true
    clearTimeout(this.#soon)
    this.#soon = setTimeout(() => void this.refresh({ isInUse: this.#isInUse() }), soonMs)
  }

  /** Another editor has signed in: the buttons are those of their role. */
  offer(): void {
    for (const card of this.#cards.values()) card.offer()
    showLocalTimes(this.#list, deskLanguage())
  }

  /** Puts the focus on an alert's button, or near it when it has none any more. */
  focus(alertId: string, label: Parameters<DeskCard['focus']>[0]): void {
    const card = this.#cards.get(alertId)
    if (card === undefined) byId('sent-title', HTMLElement).focus()
    else card.focus(label)
  }

  async #refreshAsked(): Promise<void> {
    const refusal = await this.refresh()
    if (refusal !== null) this.#acts.isSignedOut(refusal)
  }

  #isInUse(): boolean {
    return this.#list.contains(document.activeElement) || document.querySelector('dialog[open]') !== null
  }

  #catchUp(): void {
    if (this.#stale && !this.#isInUse()) void this.refresh()
  }

  /** Loads the list again. Returns why it was refused, or null. `watch`: the alert whose delivery is shown at once. */
  async refresh({ watch, isInUse = false }: { watch?: string; isInUse?: boolean } = {}): Promise<ProblemBody | null> {
    this.#isWholeWanted ||= !isInUse
    if (!isInUse) this.#stale = false
    this.#reads += 1
    const read = this.#reads
    const answers = await Promise.all([newest('public'), newest('test')])
    const entries = answers.flatMap((answer) => (answer.result === 'done' ? [answer.body.entries] : []))
    if (entries.length < answers.length) {
      this.#acts.say(t('listUnread'), 'connection')
      return answers.flatMap((answer) => (answer.result === 'refused' ? [answer.problem] : []))[0] ?? null
    }
    // A request that was sent later has its response, or will have it: this response may be older.
    if (read === this.#reads) {
      // When a partial refresh overtook a whole one, it does the whole refresh.
      const isCareful = !this.#isWholeWanted
      this.#isWholeWanted = false
      this.#stale = isCareful
      this.#show(newestOfEach(entries.flat()), isCareful)
    }
    if (watch !== undefined) this.#cards.get(watch)?.watch()
    return null
  }

  #show(alerts: readonly Alert[], isInUse: boolean): void {
    for (const alert of alerts) {
      const card = this.#cards.get(alert.id)
      if (card !== undefined) card.show(alert)
      else if (!isInUse) this.#cards.set(alert.id, new DeskCard(alert, this.#acts))
    }
    if (!isInUse) this.#putInOrder(alerts)
    showLocalTimes(this.#list, deskLanguage())
  }

  #putInOrder(alerts: readonly Alert[]): void {
    const shown = new Set(alerts.map(({ id }) => id))
    for (const id of this.#cards.keys()) if (!shown.has(id)) this.#remove(id)
    arrange(
      this.#list,
      alerts.flatMap(({ id }) => this.#cards.get(id)?.element ?? []),
    )
    byId('sent-none', HTMLElement).hidden = alerts.length > 0
  }

  #remove(id: string): void {
    const element = this.#cards.get(id)?.element
    const hadFocus = element?.contains(document.activeElement)
    element?.remove()
    this.#cards.delete(id)
    if (hadFocus) byId('sent-title', HTMLElement).focus()
  }
}

/** Puts a list's items in this order. The one that has the focus is not moved, because moving takes the focus from it. */
function arrange(list: HTMLElement, items: readonly HTMLElement[]): void {
  if (items.every((item, at) => list.children[at] === item)) return
  const focused = items.findIndex((item) => item.contains(document.activeElement))
  for (const [at, item] of items.entries())
    if (at !== focused) list.insertBefore(item, at < focused ? (items[focused] ?? null) : null)
}

type Published = { readonly seq: number; readonly alert: Alert }

function newest(audience: 'public' | 'test'): Promise<Answer<{ readonly entries: readonly Published[] }>> {
  return call(`/v1/alerts?languages=*&limit=50${audience === 'test' ? '&audience=test' : ''}`)
}

/** Each alert as its newest entry has it, newest first. */
function newestOfEach(entries: readonly Published[]): readonly Alert[] {
  const found = new Map<string, Alert>()
  for (const { alert } of [...entries].sort((a, b) => b.seq - a.seq))
    if (!found.has(alert.id)) found.set(alert.id, alert)
  return [...found.values()]
}
