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
  /** Asks now, after an act of one's own: an answer that is under way may not know of it, and is not shown. */
  soon(): void
  /** Asks soon: somebody has changed something. */
  changed(): void
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
const changes = ['items', 'presence'] as const
/** The events of a stream that has begun anew: what was asked for before may have gone down with its connection. */
const beginnings = ['welcome', 'reset'] as const
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
  #poll = (_: 'after an act' | 'anyway') => {}
  #changed = () => {}
  #draftPages = 1

  constructor(onDate: (date: string | null, askedAt: number) => void, onPause: () => void) {
    this.#onDate = onDate
    this.#onPause = onPause
  }

  soon(): void {
    this.#poll('after an act')
  }

  changed(): void {
    this.#changed()
  }

  more(): void {
    this.#draftPages += 1
    this.#poll('anyway')
  }

  follow(told: (news: ItemNews) => void, answered: (answer: Answer<unknown>) => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isStopped = false
    let round = 0
    let shown = 0
    let afterAct = 0
    let state: 'idle' | 'soon' | 'asking' = 'idle'
    /** The round during which something changed. */
    let changedIn = 0
    const wait = (ms: number, next: 'idle' | 'soon') => {
      clearTimeout(timer)
      state = next
      timer = setTimeout(() => void poll(), ms)
    }
    const poll = async (why: 'after an act' | 'anyway' = 'anyway') => {
      clearTimeout(timer)
      round += 1
      const mine = round
      if (why === 'after an act') afterAct = mine
      state = 'asking'
      const { answer, news } = await this.#round()
      // Nobody listens any more, or the answer is older than what is shown, or than an act of this page.
      if (isStopped || mine < shown || mine < afterAct) return
      // A newer round will tell whether the service answers.
      if (news === null && mine !== round) return
      shown = mine
      answered(answer)
      if (news !== null) told(news)
      if (isStopped || mine !== round) return
      if (changedIn === mine) return wait(soonMs, 'soon')
      wait(document.hidden ? hiddenPollMs : stream.readyState === EventSource.OPEN ? streamedPollMs : pollMs, 'idle')
    }
    // Changes that come faster than answers put no answer off: the next round follows the one that is under way.
    const changed = () => {
      if (state === 'idle') wait(soonMs, 'soon')
      else if (state === 'asking') changedIn = round
    }
    // It connects again by itself, unless the session is over or there is no room: then the asking is enough.
    const stream = new EventSource('/v1/desk/events')
    for (const type of changes) stream.addEventListener(type, changed)
    for (const type of beginnings) stream.addEventListener(type, () => void poll())
    stream.addEventListener('pause', () => this.#onPause())
    this.#poll = (why) => void poll(why)
    this.#changed = changed
    void poll()
    return () => {
      isStopped = true
      this.#poll = this.#changed = () => {}
      clearTimeout(timer)
      stream.close()
    }
  }

  /** Reads the lists once. `news`: null where not all of them were read; `answer` says why. */
  async #round(): Promise<{ readonly answer: Answer<unknown>; readonly news: ItemNews | null }> {
    const [waiting, drafts, presence] = await Promise.all([
      this.#list('awaiting-approval,held,scheduled,missed,refused', waitingPagesMax),
      this.#list('draft,cancelled', this.#draftPages),
      this.#ask<{ readonly presence: readonly Presence[] }>('/v1/desk/presence'),
    ])
    if (waiting.result !== 'done') return { answer: waiting, news: null }
    if (drafts.result !== 'done') return { answer: drafts, news: null }
    const news = {
      ...{ waiting: waiting.body.items, hasMoreWaiting: waiting.body.next !== undefined },
      ...{ drafts: drafts.body.items, hasMore: drafts.body.next !== undefined },
      presence: presence.result === 'done' ? presence.body.presence : [],
    }
    return { answer: drafts, news }
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
