import type { DeskItem } from '../editing/item-draft.ts'
import { type DeskState, mayApprove, type Notices } from '../state/desk-state.ts'

const storedAs = 'tocsin.desk.notices'

type Deps = {
  /** The browser's `Notification`. */
  readonly notification: { readonly permission: string; requestPermission(): Promise<unknown> } | undefined
  /** Shows one. `tag`: a later one with the same tag takes its place. */
  readonly show: (tag: string) => void
  /** Where the choice is kept; null: nowhere. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'> | null
}

/** What waits for an editor's approval. */
export function waitingFor({ waiting, me }: Pick<DeskState, 'waiting' | 'me'>): readonly DeskItem[] {
  return waiting.filter((item) => mayApprove(item, me))
}

/**
 * Notifications of the open page: something waits for this editor's approval. They say nothing of what it is. Permission is
 * asked for by a button only.
 */
export class ApprovalNotices {
  readonly #deps: Deps
  /** What was told already, or was there when the page was opened; null: nothing was seen yet. */
  #known: Set<string> | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get state(): Notices {
    const { notification, storage } = this.#deps
    if (notification === undefined) return 'impossible'
    if (notification.permission === 'denied') return 'denied'
    return notification.permission === 'granted' && storage?.getItem(storedAs) === 'on' ? 'on' : 'off'
  }

  /** Whether the browser's question was left without an answer. */
  get isUnanswered(): boolean {
    return this.#deps.notification?.permission === 'default'
  }

  /** The button was pressed. */
  async turn(to: 'on' | 'off'): Promise<Notices> {
    const { notification, storage } = this.#deps
    storage?.setItem(storedAs, to)
    if (to === 'on' && notification?.permission === 'default') await notification.requestPermission()
    return this.state
  }

  /** To be called with what waits now. Each is told once, as often as it begins to wait. */
  look(items: readonly DeskItem[]): void {
    const named = new Map(items.map((item) => [`${item.id} ${item.submittedAt}`, item.id]))
    if (this.#known !== null && this.state === 'on')
      for (const [name, id] of named) if (!this.#known.has(name)) this.#deps.show(`approval ${id}`)
    this.#known = new Set(named.keys())
  }

  /** Another editor may sign in. */
  forget(): void {
    this.#known = null
  }
}
