import type { Delivery } from '../../../desk/delivery-schema.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { type Answer, call } from '../desk-api.ts'
import { t } from '../state/desk-words.ts'
import type { Say } from '../state/item-news.ts'
import {
  changedBetween,
  newestOfEach,
  type PublishedEntry,
  type PublishedState,
  withDeliveries,
  withRead,
} from './published-state.ts'

type Deps = {
  readonly ask?: typeof call
  readonly say: Say
  /** Asks for the key again when the session has ended. Returns whether it had. */
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly changed: (state: PublishedState) => void
  /** Whether somebody works in the list, or a dialog stands over it. */
  readonly isInUse: () => boolean
  readonly wait?: (ms: number) => Promise<void>
  readonly now?: () => number
}

/** Several changes within a moment are read at once. */
const soonMs = 200
const firstPollMs = 1_000
const slowestPollMs = 30_000
const pollsMax = 60

/** Reads what was published, live and test, and follows how far the pushes of the alerts are that are looked at. */
export class Published {
  readonly #deps: Deps
  readonly #ask: typeof call
  #state: PublishedState
  #isStale = false
  #isWholeWanted = false
  #soon: ReturnType<typeof setTimeout> | undefined
  #reads = 0
  #polls: Readonly<Record<string, object>> = {}

  constructor(deps: Deps) {
    this.#deps = deps
    this.#ask = deps.ask ?? call
    this.#state = { role: '', alerts: null, watched: {}, now: this.#now() }
  }

  get state(): PublishedState {
    return this.#state
  }

  /** Another editor has signed in: what can be done is what their role allows. */
  offer(role: string): void {
    this.#set({ ...this.#state, role, now: this.#now() })
  }

  /** Time has passed. */
  tick(): void {
    this.#set({ ...this.#state, now: this.#now() })
  }

  /**
   * Called when something was published: reads the list again. While somebody works in it, no alert is added or moved; only
   * those that are there are updated.
   */
  refreshSoon(): void {
    this.#isStale = true
    clearTimeout(this.#soon)
    this.#soon = setTimeout(() => void this.refresh({ isInUse: this.#deps.isInUse() }), soonMs)
  }

  /** Nobody works in the list any more: what was left out is read. */
  catchUp(): void {
    if (this.#isStale && !this.#deps.isInUse()) void this.refresh()
  }

  async refreshAsked(): Promise<void> {
    const refusal = await this.refresh()
    if (refusal !== null) this.#deps.isSignedOut(refusal)
  }

  /** Reads the list again. Returns why it was refused, or null. `watch`: the alert whose deliveries are shown at once. */
  async refresh({ watch, isInUse = false }: { watch?: string; isInUse?: boolean } = {}): Promise<ProblemBody | null> {
    this.#isWholeWanted ||= !isInUse
    if (!isInUse) this.#isStale = false
    this.#reads += 1
    const read = this.#reads
    const answers = await Promise.all([this.#newest('public'), this.#newest('test')])
    const entries = answers.flatMap((answer) => (answer.result === 'done' ? [answer.body.entries] : []))
    if (entries.length < answers.length) {
      this.#deps.say(t('listUnread'), 'connection')
      return answers.flatMap((answer) => (answer.result === 'refused' ? [answer.problem] : []))[0] ?? null
    }
    // A request that was sent later has its response, or will have it: this response may be older.
    if (read === this.#reads) {
      // When a partial refresh overtook a whole one, it does the whole refresh.
      const isCareful = !this.#isWholeWanted
      this.#isWholeWanted = false
      this.#isStale = isCareful
      const before = this.#state
      this.#set(withRead({ ...before, now: this.#now() }, newestOfEach(entries.flat()), isCareful))
      for (const id of changedBetween(before, this.#state))
        if (this.#state.watched[id] !== undefined && id !== watch) void this.#watch(id)
    }
    if (watch !== undefined && this.#state.alerts?.some(({ id }) => id === watch)) void this.#watch(watch)
    return null
  }

  /** Shows an alert's deliveries, or shows them no more. */
  look(id: string, isShown: boolean): void {
    if (isShown === (this.#state.watched[id] !== undefined)) return
    if (isShown) void this.#watch(id)
    else this.#set(withDeliveries(this.#state, id, undefined))
  }

  /** Asks with growing intervals, until all is delivered or nobody looks any more. */
  async #watch(id: string): Promise<void> {
    const poll = {}
    this.#polls = { ...this.#polls, [id]: poll }
    const isStill = () => this.#polls[id] === poll && this.#state.watched[id] !== undefined
    this.#set(withDeliveries(this.#state, id, 'asking'))
    let waitMs = firstPollMs
    for (let polls = 0; polls < pollsMax && isStill(); polls += 1) {
      const answer = await this.#ask<{ readonly deliveries: readonly Delivery[] }>(`/v1/alerts/${id}/delivery`)
      if (!isStill()) return
      const deliveries = answer.result === 'done' ? answer.body.deliveries : null
      this.#set(withDeliveries(this.#state, id, deliveries))
      if (deliveries?.every(({ finishedAt }) => finishedAt !== null)) return
      await (this.#deps.wait ?? pause)(waitMs)
      waitMs = Math.min(waitMs * 1.5, slowestPollMs)
    }
  }

  #newest(audience: 'public' | 'test'): Promise<Answer<{ readonly entries: readonly PublishedEntry[] }>> {
    return this.#ask(`/v1/alerts?languages=*&limit=50${audience === 'test' ? '&audience=test' : ''}`)
  }

  #now(): number {
    return (this.#deps.now ?? Date.now)()
  }

  #set(state: PublishedState): void {
    this.#state = state
    this.#deps.changed(state)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
