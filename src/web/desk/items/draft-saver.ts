import type { ProblemBody } from '../../../domain/problem.ts'
import type { Answer, call } from '../desk-api.ts'
import { type DeskDraft, isBlank, type Writing } from '../editing/desk-draft.ts'
import { contentOf, type DeskItem, draftOfItem, writingIn } from '../editing/item-draft.ts'
import { randomKey } from '../editing/random-key.ts'
import { isUnsaved, type Saving } from '../state/desk-state.ts'
import { isSameContent } from '../state/merge-writings.ts'

/** A pause in typing: then the service stores the draft. */
const pauseMs = 700

type Deps = {
  readonly ask: typeof call
  readonly draft: () => DeskDraft
  /** Whether nothing may be stored now: the editor must decide something first. */
  readonly isHeldUp: () => boolean
  /** The draft with this key is stored as an item now. */
  readonly onSaved: (key: string, item: NonNullable<DeskDraft['item']>, stored: DeskItem) => void
  /** This much of the draft's item was sent; the answer may get lost. */
  readonly onSending: (key: string, sent: Writing) => void
  readonly onSaving: (saving: Saving) => void
  /** Somebody else changed the item; nothing was stored. */
  readonly onOvertaken: (item: DeskItem) => void
  readonly onSignedOut: () => void
  readonly later: (run: () => void, ms: number) => number
  readonly notLater: (timer: number) => void
}

type ItemAnswer = Answer<{ readonly item: DeskItem }>

/** Stores the open draft in the service: at every pause in typing, one request at a time, never over another editor's text. */
export class DraftSaver {
  readonly #deps: Deps
  #timer: number | undefined
  #running: Promise<boolean> | null = null
  /** The first storing of a draft, repeated word for word until it is answered, so that it makes one item. */
  #creating: { readonly draftKey: string; readonly key: string; readonly sent: DeskDraft } | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Called at every keystroke. */
  changed(): void {
    if (this.#timer !== undefined) this.#deps.notLater(this.#timer)
    this.#timer = this.#deps.later(() => void this.save(), pauseMs)
  }

  /** Stores what is not stored yet, now. Whether the service has all of the draft. */
  async save(): Promise<boolean> {
    if (this.#timer !== undefined) this.#deps.notLater(this.#timer)
    this.#timer = undefined
    while (this.#running !== null) await this.#running
    const { key } = this.#deps.draft()
    for (let round = 0; this.#isWanted() && round < 3; round += 1) {
      this.#running = this.#saveOnce()
      const isStored = await this.#running
      this.#running = null
      if (!isStored || this.#deps.draft().key !== key) break
    }
    return !isUnsaved(this.#deps.draft())
  }

  #isWanted(): boolean {
    const draft = this.#deps.draft()
    if (this.#deps.isHeldUp() || draft.state === 'sending' || !isUnsaved(draft)) return false
    return draft.item !== null || !isBlank(draft)
  }

  /** One request. Whether it came further, so that what was typed meanwhile can follow. */
  async #saveOnce(): Promise<boolean> {
    const draft = this.#deps.draft()
    this.#deps.onSaving({ state: 'saving' })
    return draft.item === null ? this.#create(draft) : this.#update(draft, draft.item)
  }

  async #create(draft: DeskDraft): Promise<boolean> {
    if (this.#creating?.draftKey !== draft.key)
      this.#creating = { draftKey: draft.key, key: `${draft.key}.item`, sent: draft }
    const { key, sent } = this.#creating
    const about = sent.alert === null ? {} : { alertId: sent.alert.id }
    const answer: ItemAnswer = await this.#deps.ask('/v1/desk/items', {
      method: 'POST',
      key,
      attempts: 2,
      body: { kind: sent.kind, ...about, ...contentOf(sent) },
    })
    if (answer.result === 'refused' && answer.problem.code === 'idempotency-key-reused') {
      // It was stored before the page was loaded again, with other words: that item stays in the list of drafts.
      this.#creating = { draftKey: draft.key, key: randomKey(), sent: draft }
      return true
    }
    if (answer.result !== 'lost') this.#creating = null
    return this.#settle(answer, sent)
  }

  async #update(draft: DeskDraft, { id, version }: NonNullable<DeskDraft['item']>): Promise<boolean> {
    const body = { version, ...contentOf(draft) }
    this.#deps.onSending(draft.key, writingIn(draft))
    const answer: ItemAnswer = await this.#deps.ask(`/v1/desk/items/${id}`, { method: 'PUT', body, attempts: 2 })
    return this.#settle(answer, draft)
  }

  #settle(answer: ItemAnswer, sent: DeskDraft): boolean {
    const { onSaving, onOvertaken, onSignedOut } = this.#deps
    if (answer.result === 'done') return this.#saved(answer.body.item, sent)
    if (answer.result === 'lost') {
      onSaving({ state: 'unanswered' })
      return false
    }
    const { problem } = answer
    const newer = itemIn(problem)
    // The answer to an earlier request was lost: what the service has is what was sent.
    if (newer?.state === 'draft' && isSameContent(writingOfItem(newer, sent), writingIn(sent)))
      return this.#saved(newer, sent)
    const isOurs = newer !== null || problem.status === 401
    onSaving(isOurs ? { state: 'browser' } : { state: 'refused', detail: problem.detail })
    if (newer !== null) onOvertaken(newer)
    if (problem.status === 401) onSignedOut()
    return false
  }

  #saved(item: DeskItem, sent: DeskDraft): true {
    this.#deps.onSaved(sent.key, { id: item.id, version: item.version, base: writingIn(sent) }, item)
    this.#deps.onSaving({ state: 'saved' })
    return true
  }
}

/** The item as it stands, from a refusal that names it because it has changed. */
export function itemIn(problem: ProblemBody): DeskItem | null {
  const { item } = problem as { readonly item?: DeskItem }
  return problem.status === 409 && problem.code !== 'item-locked' && item !== undefined ? item : null
}

function writingOfItem(item: DeskItem, { alert, key, texts }: DeskDraft): Writing {
  return writingIn(draftOfItem(item, alert, key, Object.keys(texts)[0] ?? 'en'))
}
