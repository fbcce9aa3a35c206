import { type Answer, call } from '../desk-api.ts'
import type { DeskItem } from '../editing/item-draft.ts'

/** What the service holds of the desk's items at one moment. */
export type ItemNews = { readonly waiting: readonly DeskItem[]; readonly drafts: readonly DeskItem[] }

/** Where the desk hears of its items from. Today it asks; a stream can take its place. */
export interface ItemSource {
  /** Begins to listen. Gives the way to stop. */
  follow(told: (news: ItemNews) => void, answered: (answer: Answer<unknown>) => void): () => void
  /** Asks now, such as after an act of one's own. */
  soon(): void
}

const pollMs = 2_000
const hiddenPollMs = 15_000
const listMax = 100

type Listed = Answer<{ readonly items: readonly DeskItem[] }>

/** Asks for the items every two seconds. `onDate` gets the service's time. */
export class PollingSource implements ItemSource {
  readonly #onDate: (date: string | null, askedAt: number) => void
  #poll = () => {}

  constructor(onDate: (date: string | null, askedAt: number) => void) {
    this.#onDate = onDate
  }

  soon(): void {
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
      const [waiting, drafts] = await Promise.all([
        this.#list('awaiting-approval,held,scheduled,missed,refused'),
        this.#list('draft,cancelled'),
      ])
      // A newer round is under way, or nobody listens any more.
      if (isStopped || mine !== round) return
      answered(waiting.result === 'done' ? drafts : waiting)
      if (waiting.result === 'done' && drafts.result === 'done')
        told({ waiting: waiting.body.items, drafts: drafts.body.items })
      timer = setTimeout(() => void poll(), document.hidden ? hiddenPollMs : pollMs)
    }
    this.#poll = () => void poll()
    void poll()
    return () => {
      isStopped = true
      clearTimeout(timer)
    }
  }

  #list(states: string): Promise<Listed> {
    return call(`/v1/desk/items?state=${states}&limit=${listMax}`, { attempts: 1, onDate: this.#onDate })
  }
}
