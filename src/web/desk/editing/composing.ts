import type { Alert } from '../../../domain/alert-types.ts'
import { call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import { DraftSaver } from '../items/draft-saver.ts'
import { knowAlert } from '../items/item-name.ts'
import {
  type DeskState,
  isUndecided,
  isUnsaved,
  withDecision,
  withItem,
  withNewerItem,
  withStored,
} from '../state/desk-state.ts'
import type { DeskStore } from '../state/desk-store.ts'
import { t } from '../state/desk-words.ts'
import type { Say } from '../state/item-news.ts'
import type { KeptDrafts } from '../state/kept-drafts.ts'
import type { Part } from '../state/merge-writings.ts'
import { withRetracted } from '../state/retracted-alerts.ts'
import { type DeskDraft, isBlank, newDraft, rebased } from './desk-draft.ts'
import { type DeskItem, draftOfItem } from './item-draft.ts'
import { randomKey } from './random-key.ts'

type Deps = {
  readonly store: DeskStore
  readonly config: DeskConfig
  readonly kept: KeptDrafts
  readonly say: Say
  /** Something was written. */
  readonly written: () => void
  readonly signedOut: () => void
}

const timePointers = new Set(['/publishAt', '/embargoUntil', '/holdSeconds', '/expiresAt'])

/** The draft in the form: kept in this browser at every keystroke, stored by the service at every pause, never written over. */
export class Composing {
  readonly #deps: Deps
  readonly #saver: DraftSaver

  constructor(deps: Deps) {
    this.#deps = deps
    const { store } = deps
    this.#saver = new DraftSaver({
      ask: call,
      draft: () => store.state.draft,
      isHeldUp: () => isUndecided(store.state) || store.state.me === null,
      onSending: (key, sent) => this.#ofDraft(key, (draft) => withKept(draft, { sent })),
      onSaved: (key, item, stored) => {
        this.#ofDraft(key, (draft) => ({ ...draft, item }))
        store.set((state) => withStored(withItem(state, stored), stored.version))
      },
      onSaving: (saving) => store.set(() => ({ saving })),
      onOvertaken: (item) => void this.overtakenBy(item),
      onSignedOut: deps.signedOut,
      later: (run, ms) => window.setTimeout(run, ms),
      notLater: (timer) => clearTimeout(timer),
    })
  }

  get draft(): DeskDraft {
    return this.#deps.store.state.draft
  }

  /** A keystroke or a choice: kept here at once, and by the service soon. Mistakes that were shown stay until the next check. */
  change(changed: Partial<DeskDraft>): void {
    this.#put({ ...this.draft, ...changed, state: 'writing' })
    this.#deps.written()
    // Another time was chosen: what was wrong with the one before is not said of it.
    if (changed.times !== undefined)
      this.#deps.store.set(({ mistakes }) => ({
        mistakes: mistakes.filter(({ pointer }) => !timePointers.has(pointer)),
      }))
    this.#saver.changed()
  }

  /** What refused the draft has ended: what was said of it is over. */
  forgetRefusal(code: string): void {
    const { store } = this.#deps
    if (store.state.mistakes.some((it) => it.code === code))
      store.set(({ mistakes }) => ({ mistakes: mistakes.filter((it) => it.code !== code) }))
  }

  /** Keeps a draft whose answer is waited for. */
  put(draft: DeskDraft): void {
    this.#put(draft)
  }

  addLanguage(tag: string): void {
    const { texts, note, kind } = this.draft
    this.change({
      texts: { ...texts, [tag]: { headline: '', summary: '', url: '' } },
      note: kind === 'correction' ? { ...note, [tag]: '' } : note,
    })
  }

  removeLanguage(tag: string): void {
    const { [tag]: _text, ...texts } = this.draft.texts
    const { [tag]: _note, ...note } = this.draft.note
    this.change({ texts, note })
  }

  /** Stores what is not stored yet. Whether the service has all of it. */
  async save(): Promise<boolean> {
    return this.#saver.save()
  }

  /** After the connection was lost: stores what could not be stored. */
  resume(): void {
    const { saving, draft } = this.#deps.store.state
    if (saving.state === 'saving' || saving.state === 'refused' || draft.state === 'sending') return
    if (isUnsaved(draft) && !isBlank(draft)) this.#saver.changed()
  }

  /** Goes over to another draft. What was open stays in the list of drafts, or in this browser where it cannot be stored. */
  async begin(fresh?: DeskDraft): Promise<void> {
    if (fresh?.alert) knowAlert(fresh.alert)
    const { store, kept, config } = this.#deps
    const { draft: before } = store.state
    if (!isBlank(before) && store.state.me !== null) await this.#saver.save()
    // Stored as it is: the service has it. Blank: nobody misses it.
    if (before.key !== fresh?.key && (isBlank(before) || !isUnsaved(store.state.draft))) kept.forget(before.key)
    const draft = fresh ?? newDraft(config.languages[0]?.tag ?? 'en')
    store.set(() => ({
      overtaken: null,
      changed: null,
      mistakes: [],
      saving: { state: draft.item === null ? 'none' : 'saved' },
    }))
    this.#put(draft)
    this.showKept()
    // What could not be stored before is tried again, and asked about where somebody else was faster. A revision that was
    // only begun is no item yet.
    if (draft.item !== null) this.resume()
  }

  /** Shows the other drafts that only this browser has, those with an undecided conflict too. */
  showKept(): void {
    const { store, kept } = this.#deps
    const isOnlyHere = (it: DeskDraft) => it.key !== store.state.draft.key && isUnsaved(it) && !isBlank(it)
    store.set(() => ({ kept: kept.all().filter(isOnlyHere) }))
  }

  /** After the draft went out or waits: it is kept no more. */
  done(key: string): void {
    const { store, kept, config } = this.#deps
    kept.forget(key)
    if (this.draft.key !== key) return
    store.set(() => ({ overtaken: null, changed: null, mistakes: [], saving: { state: 'none' } }))
    this.#put(newDraft(config.languages[0]?.tag ?? 'en'))
  }

  /** Opens an item to go on with it. Null: it cannot be read now. */
  async draftOf(item: DeskItem): Promise<DeskDraft | null> {
    const alert = await alertOf(item)
    if (alert === undefined) {
      this.#deps.say(t('cannotOpen'), 'connection')
      return null
    }
    return draftOfItem(item, alert, randomKey(), this.#deps.config.languages[0]?.tag ?? 'en')
  }

  /** The service has a newer version of the open draft. */
  async overtakenBy(item: DeskItem): Promise<void> {
    const { store } = this.#deps
    const { draft, overtaken } = store.state
    if (draft.item?.id !== item.id || item.version <= draft.item.version) return
    if (overtaken?.item.id === item.id && overtaken.item.version >= item.version) return
    const alert = draft.alert ?? (await alertOf(item))
    if (alert === undefined) return
    store.set((state) => withNewerItem(state, item, alert))
    this.#deps.kept.keep(this.draft)
    store.set((state) => ({ saving: { state: isUnsaved(state.draft) ? 'browser' : 'saved' } }))
    if (!isUndecided(store.state)) this.#saver.changed()
  }

  /** Published alerts were read, as they stand now: no change of a retracted one can be sent. */
  alertsRead(alerts: readonly Alert[]): void {
    for (const alert of alerts) knowAlert(alert)
    this.#deps.store.set(({ retracted }) => ({ retracted: withRetracted(retracted, [], alerts) }))
  }

  decide(part: Part, whose: 'mine' | 'theirs'): void {
    this.#deps.store.set((state) => withDecision(state, part, whose))
    this.#deps.kept.keep(this.draft)
    if (isUndecided(this.#deps.store.state)) return
    // What was taken of the other is stored already.
    if (!isUnsaved(this.draft)) this.#deps.store.set(() => ({ saving: { state: 'saved' } }))
    this.#saver.changed()
  }

  /** Goes on with what is written here as a draft of its own: the other one is not a draft any more. */
  branch(): void {
    const { store, kept } = this.#deps
    kept.forget(this.draft.key)
    store.set(() => ({ overtaken: null }))
    this.change({ key: randomKey(), item: null })
  }

  /** Others changed the alert meanwhile: goes on from it as it is now, with what was edited here. */
  goOnFrom(newest: Alert): void {
    this.#deps.store.set(() => ({ changed: null }))
    this.change(rebased(this.draft, newest))
  }

  /** The item was taken back and is a draft again: what is written here is merged with what it says. */
  rejoin(item: DeskItem): void {
    this.#deps.store.set(() => ({ overtaken: null }))
    void this.overtakenBy(item)
  }

  #put(draft: DeskDraft): void {
    const { store, kept } = this.#deps
    const isKept = isBlank(draft) && draft.item === null ? true : kept.keep(draft)
    store.set((state) => ({ draft, saving: savingAfter(state, draft, isKept) }))
  }

  #ofDraft(key: string, change: (draft: DeskDraft) => DeskDraft): void {
    const { store, kept } = this.#deps
    if (this.draft.key !== key) return
    store.set((state) => ({ draft: change(state.draft) }))
    kept.keep(this.draft)
  }
}

function savingAfter({ saving }: DeskState, draft: DeskDraft, isKept: boolean): DeskState['saving'] {
  if (!isKept) return { state: 'lost' }
  if (isBlank(draft) && draft.item === null) return { state: 'none' }
  if (!isUnsaved(draft)) return { state: 'saved' }
  return saving.state === 'unanswered' ? saving : { state: 'browser' }
}

function withKept(draft: DeskDraft, changed: Partial<NonNullable<DeskDraft['item']>>): DeskDraft {
  return draft.item === null ? draft : { ...draft, item: { ...draft.item, ...changed } }
}

/** The alert that an item revises; null for a new alert, undefined when it cannot be read now. */
export async function alertOf({ kind, alertId }: DeskItem): Promise<Alert | null | undefined> {
  if (kind === 'alert') return null
  const answer = await call<{ readonly alert: Alert }>(`/v1/alerts/${alertId}`)
  if (answer.result !== 'done') return undefined
  knowAlert(answer.body.alert)
  return answer.body.alert
}
