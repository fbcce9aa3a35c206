import type { Doing } from '../../../desk/items/presence.ts'
import { call } from '../desk-api.ts'
import type { DeskState } from '../state/desk-state.ts'

/** How often it is said again, well before it would end. */
const renewalMs = 20_000

/** The item that this page has open, and what is done with it; null: none. */
export type Open = { readonly id: string; readonly doing: Doing }

/** What this page has open: an item that is looked at before its approval, else the draft in the form. */
export function openOf({ me, look, draft }: Pick<DeskState, 'me' | 'look' | 'draft'>): Open | null {
  if (me === null) return null
  if (look !== null && look.item !== null)
    return { id: look.item.id, doing: look.about === 'approval' ? 'approving' : 'reading' }
  return draft.item === null ? null : { id: draft.item.id, doing: 'editing' }
}

type Deps = {
  readonly ask: typeof call
  readonly every: (run: () => void, ms: number) => number
  readonly notEvery: (timer: number) => void
}

const ofBrowser: Deps = {
  ask: call,
  every: (run, ms) => Number(setInterval(run, ms)),
  notEvery: (timer) => clearInterval(timer),
}

/** Tells the service what this page has open, for as long as it has. That an answer gets lost does no harm: it ends by itself. */
export class OwnPresence {
  readonly #deps: Deps
  #open: Open | null = null
  #timer: number | undefined

  constructor(deps: Deps = ofBrowser) {
    this.#deps = deps
  }

  /** To be called with every change of the desk's state. */
  show(open: Open | null): void {
    const before = this.#open
    if (before?.id === open?.id && before?.doing === open?.doing) return
    this.#open = open
    if (this.#timer !== undefined) this.#deps.notEvery(this.#timer)
    this.#timer = undefined
    if (before !== null && before.id !== open?.id) this.leave(before)
    if (open === null) return
    this.#say(open, false)
    this.#timer = this.#deps.every(() => this.#say(open, true), renewalMs)
  }

  /** The page is closed, or has something else open. */
  leave(open = this.#open): void {
    if (open === null) return
    void this.#deps.ask(`/v1/desk/items/${open.id}/presence`, { method: 'DELETE', isLast: true })
  }

  #say({ id, doing }: Open, renewal: boolean): void {
    void this.#deps.ask(`/v1/desk/items/${id}/presence`, { method: 'PUT', body: { doing, renewal } })
  }
}
