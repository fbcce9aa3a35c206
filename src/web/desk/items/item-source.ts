import type { Presence } from '../../../desk/items/presence.ts'
import { type Answer, call } from '../desk-api.ts'
import type { DeskItem } from '../editing/item-draft.ts'

/** What the service holds of the desk's items at one moment. */
export type ItemNews = {
  readonly waiting: readonly DeskItem[]
  /** More wait than are read. */
  readonly hasMoreWaiting: boolean
  readonly drafts: readonly DeskItem[]
  /** There are older drafts, which were not asked for. */
  readonly hasMore: boolean
  /** Who has which item open. */
  readonly presence: readonly Presence[]
}

/** Where the desk hears of its items from. */
export interface ItemSource {
  /** Begins to listen. Gives the way to stop. */
  follow(told: (news: ItemNews) => void, answered: (answer: Answer<unknown>) => void): () => void
  /** Asks now, such as after an act of one's own. */
  soon(): void
  /** Asks for older drafts too, from now on. */
  more(): void
}

const pollMs = 2_000
/** While the stream tells of changes, asking is for what a stream cannot tell: that the connection is gone. */
const streamedPollMs = 5_000
const hiddenPollMs = 15_000
/** Several changes within a moment are read at once. */
const soonMs = 50
/** The events of `GET /v1/desk/events` after which the lists are read again. */
const wakeUps = ['welcome', 'items', 'presence', 'reset'] as const
const listMax = 100
/** How many pages of what waits are read; the page says when there is more. */
const waitingPagesMax = 20

type Listed = Answer<{ readonly items: readonly DeskItem[]; readonly next?: string }>

/**
 * Asks for the items when the desk's event stream says that something has changed, and every few seconds anyway. What an
 * event says is not used: what is shown is always one whole answer. `onDate` gets the service's time; `onPause` is called when the
 * kill switch was turned, by whomever.
 */
export class PollingSource implements ItemSource {
  readonly #onDate: (date: string | null, askedAt: number) => void
  readonly #onPause: () => void
  #poll = () => {}
  #draftPages = 1

  constructor(onDate: (date: string | null, askedAt: number) => void, onPause: () => void) {
    this.#onDate = onDate
    this.#onPause = onPause
  }

  soon(): void {
    this.#poll()
  }

  more(): void {
    this.#draftPages += 1
    this.#poll()
  }

  follow(told: (news: ItemNews) => void, answered: (answer: Answer<unknown>) => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isStopped = false
    let round = 0
    const poll = async () => {
      clearTimeout(timer)
      round += 1
      const mine = round
      const [waiting, drafts, presence] = await Promise.all([
        this.#list('awaiting-approval,held,scheduled,missed,refused', waitingPagesMax),
        this.#list('draft,cancelled', this.#draftPages),
        this.#ask<{ readonly presence: readonly Presence[] }>('/v1/desk/presence'),
      ])
      // A newer round is under way, or nobody listens any more.
      if (isStopped || mine !== round) return
      answered(waiting.result === 'done' ? drafts : waiting)
      const present = presence.result === 'done' ? presence.body.presence : []
      if (waiting.result === 'done' && drafts.result === 'done')
        told({
          waiting: waiting.body.items,
          hasMoreWaiting: waiting.body.next !== undefined,
          drafts: drafts.body.items,
          hasMore: drafts.body.next !== undefined,
          presence: present,
        })
      clearTimeout(timer)
      const nextMs = document.hidden ? hiddenPollMs : stream.readyState === EventSource.OPEN ? streamedPollMs : pollMs
      timer = setTimeout(() => void poll(), nextMs)
    }
    const soon = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void poll(), soonMs)
    }
    // It connects again by itself, unless the session is over or there is no room: then the asking is enough.
    const stream = new EventSource('/v1/desk/events')
    for (const type of wakeUps) stream.addEventListener(type, soon)
    stream.addEventListener('pause', () => this.#onPause())
    this.#poll = () => void poll()
    void poll()
    return () => {
      isStopped = true
      clearTimeout(timer)
      stream.close()
    }
  }

  /** The newest items in these states: so many pages of them. `next`: there are more. */
  async #list(states: string, pagesMax: number): Promise<Listed> {
    const items: DeskItem[] = []
    let before = ''
    for (let page = 1; ; page += 1) {
      const answer: Listed = await this.#ask(`/v1/desk/items?state=${states}&limit=${listMax}${before}`)
      if (answer.result !== 'done') return answer
      items.push(...answer.body.items)
      const { next } = answer.body
      if (next === undefined || page === pagesMax) return { ...answer, body: { ...answer.body, items } }
      before = `&before=${encodeURIComponent(next)}`
    }
  }

  #ask<Body>(path: string): Promise<Answer<Body>> {
    return call<Body>(path, { attempts: 1, onDate: this.#onDate })
  }
}
