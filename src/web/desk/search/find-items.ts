import { LatestRequest } from '../../shared/latest-request.ts'
import { call } from '../desk-api.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import type { DeskStore } from '../state/desk-store.ts'
import { noSearch, type Search } from './search-state.ts'

const typingMs = 250
const foundMax = 20
/** In which states items are looked for: what was published too. */
const states = 'draft,awaiting-approval,held,scheduled,missed,refused,published,cancelled'

type Deps = {
  readonly ask?: typeof call
  /** Runs after a while; gives the way to stop it. */
  readonly later?: (run: () => void, ms: number) => () => void
}

/**
 * Looks for items by their words, once typing pauses: what was typed last is what is answered. What is found is looked for
 * again when the lists have changed. Gives the function that a keystroke calls.
 */
export function offerSearch(
  store: Pick<DeskStore, 'state' | 'set' | 'onChange'>,
  { ask = call, later = after }: Deps = {},
): (text: string) => void {
  const latest = new LatestRequest()
  let stop = () => {}
  const set = (changed: Partial<Search>) => store.set(({ search }) => ({ search: { ...search, ...changed } }))

  async function look(): Promise<void> {
    const q = store.state.search.text.trim()
    const isLatest = latest.begin()
    type Found = { readonly items: readonly DeskItem[]; readonly next?: string }
    const path = `/v1/desk/items?state=${states}&limit=${foundMax}&q=${encodeURIComponent(q)}`
    const answer = await ask<Found>(path, { attempts: 1 })
    if (!isLatest()) return
    if (answer.result === 'done')
      set({ found: answer.body.items, hasMore: answer.body.next !== undefined, state: 'done', error: '' })
    else
      set({
        state: 'done',
        error: answer.result === 'refused' ? answer.problem.detail : (answer.detail ?? '') || 'lost',
      })
  }

  let { waiting, drafts } = store.state
  store.onChange((state) => {
    if (state.waiting === waiting && state.drafts === drafts) return
    ;({ waiting, drafts } = state)
    if (state.search.text.trim() === '' || state.search.state !== 'done') return
    stop()
    stop = later(() => void look(), typingMs)
  })
  return (text) => {
    stop()
    // An answer that is under way is not of what stands in the field now.
    latest.begin()
    if (text.trim() === '') return set({ ...noSearch, text })
    set({ text, state: 'asking' })
    stop = later(() => void look(), typingMs)
  }
}

function after(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
