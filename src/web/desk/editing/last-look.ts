import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { type Answer, call } from '../desk-api.ts'
import type { DeskConfig } from '../desk-config.ts'
import type { Outcome } from '../dialogs/deliberate.ts'
import { type DeliberateDialog, deliberateDialog } from '../dialogs/deliberate-dialog.ts'
import { itemIn } from '../items/draft-saver.ts'
import { actedWords, endedWords } from '../items/item-announcer.ts'
import { actOfLook, type DeskState, isUndecided, type Look } from '../state/desk-state.ts'
import type { DeskStore } from '../state/desk-store.ts'
import { t } from '../state/desk-words.ts'
import type { Say } from '../state/item-news.ts'
import { isDraftOfRetracted, isEnded } from '../state/retracted-alerts.ts'
import { lookContent } from '../view/look-content.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { placeOf } from '../view/parts/mistake-line.ts'
import type { Composing } from './composing.ts'
import type { DryRun } from './desk-audience.ts'
import { changedOf } from './desk-changed.ts'
import { type DeskDraft, isSameWriting } from './desk-draft.ts'
import { draftMistakes } from './draft-mistakes.ts'
import { focusItem, focusMistake } from './form-focus.ts'
import { bodyOf, type DeskItem } from './item-draft.ts'
import { fateOf, notSent } from './lost-answer.ts'

type Deps = {
  readonly store: DeskStore
  readonly config: DeskConfig
  readonly composing: Composing
  readonly say: Say
  /** Asks for the key again when the session has ended. Returns whether it had. */
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** An item was acted on; resolves when the desk shows what came of it. `first`: what is said before that. */
  readonly acted: (item: DeskItem, first?: string) => Promise<void>
}

type ActAnswer = Answer<{ readonly item: DeskItem; readonly seq?: number }>

/** The last look: at the draft in the form before it goes out, and at what a colleague submitted before it is approved. */
export class LastLook {
  readonly #deps: Deps
  readonly #dialog: DeliberateDialog
  #isChecking = false
  #isActing = false

  constructor(deps: Deps) {
    this.#deps = deps
    const { store, config } = deps
    const change = (changed: Partial<Look>) =>
      store.set(({ look }) => ({ look: look === null ? null : { ...look, ...changed } }))
    this.#dialog = deliberateDialog('confirm', () => lookContent(store.state, config, { change }))
    store.onChange(() => this.#dialog.draw())
  }

  /** Checks the draft and opens the last look at it. */
  async preview(): Promise<void> {
    const { store, composing, say } = this.#deps
    const written = composing.draft
    if (isDraftOfRetracted(store.state, written)) return byId('compose-retracted', HTMLElement).focus()
    this.#showMistakes([])
    const mistakes = draftMistakes(written)
    if (mistakes.length > 0) return this.#showMistakes(mistakes)
    // A second press while the first is being checked sends nothing.
    if (this.#isChecking) return
    if (isUndecided(store.state)) return byId('item-changed-title', HTMLElement).focus()
    this.#isChecking = true
    say(t('checking'))
    const [answer] = await Promise.all([this.#dryRun(written), composing.save()])
    this.#isChecking = false
    say('')
    // The confirmation shows what is sent; text written since then would be lost.
    if (!isSameWriting(composing.draft, written)) return say(t('textChanged'))
    if (isUndecided(store.state)) return byId('item-changed-title', HTMLElement).focus()
    if (answer.result === 'refused') this.#refused(answer.problem, written)
    else if (answer.result === 'lost') say(`${answer.detail ?? t('noService')} ${t('nothingSent')}`, 'connection')
    else this.#open({ ...noLook, about: 'draft', draft: composing.draft, dryRun: answer.body })
  }

  /** Opens the last look at an item that waits: to approve it, or to publish what missed its time. */
  async openItem(item: DeskItem, about: 'approval' | 'release'): Promise<void> {
    const { composing, say, isSignedOut } = this.#deps
    const draft = await composing.draftOf(item)
    if (draft === null) return
    say(t('checking'))
    const answer = await this.#dryRun(draft)
    say('')
    // What the dry run refuses is refused by the act too, but a colleague's text is read all the same.
    if (answer.result === 'refused' && isSignedOut(answer.problem)) return
    this.#open({ ...noLook, about, item, draft, dryRun: answer.result === 'done' ? answer.body : null })
  }

  /** The service lists these items now: what became of the one that is looked at, and of the one in the form. */
  async heard(items: readonly DeskItem[]): Promise<void> {
    for (const item of items) this.#checkStill(item)
    const { store, composing } = this.#deps
    const { draft, overtaken } = store.state
    if (draft.item === null) return
    const { id } = draft.item
    const isWaitedFor =
      draft.state === 'sending' || (overtaken?.kind === 'gone' && overtaken.item.state !== 'published')
    const item = items.find((it) => it.id === id) ?? (isWaitedFor ? await itemNow(id) : undefined)
    // While a request of one's own is under way, the newer version is mostly one's own.
    if (item === undefined || this.#isActing || store.state.saving.state === 'saving') return
    if (composing.draft.state === 'writing') await composing.overtakenBy(item)
    else await this.#foundAgain(item)
  }

  /** What was sent and had no answer is heard of. The form is set free as if the answer had come. Whether it was news. */
  async #foundAgain(item: DeskItem): Promise<boolean> {
    const { store, composing, acted, say } = this.#deps
    const { draft } = composing
    const fate = fateOf(draft, item, store.state.me)
    if (fate === null) return false
    if (store.state.look?.about === 'draft') byId('confirm', HTMLDialogElement).close()
    if (fate === 'received') {
      composing.done(draft.key)
      await acted(item, t('wasReceived'))
      return true
    }
    composing.put(notSent(draft))
    say(item.state === 'cancelled' ? actedWords(item) : '', { item })
    await composing.overtakenBy(item)
    return true
  }

  /** Closes the look at an item that somebody changed meanwhile: what was read is not what would be approved. */
  #checkStill(item: DeskItem): void {
    const { look } = this.#deps.store.state
    if (look?.item?.id !== item.id || item.version <= look.item.version || this.#isActing) return
    byId('confirm', HTMLDialogElement).close()
    // Whoever only approves or ends it has not changed what was read.
    const isSame = item.hash === look.item.hash && item.state !== 'draft'
    const changed = t(isSame ? 'decidedWhileRead' : 'changedWhileRead', { name: item.changedBy.name })
    this.#deps.say(isEnded(item) ? endedWords(item) : changed)
  }

  #open(look: Look): void {
    this.#deps.store.set(() => ({ look }))
    // No second click in the same place, and no key that is held down, sends a flash.
    const isTyped = look.draft.level === 'flash' && look.draft.audience === 'public'
    const act = async (showProgress: (progress: string) => void) => {
      this.#isActing = true
      const outcome = await this.#act(showProgress).finally(() => {
        this.#isActing = false
      })
      return outcome
    }
    this.#dialog.ask({
      act,
      focusBack: () => (look.item === null ? byId('preview', HTMLButtonElement).focus() : focusItem(look.item.id)),
      isMovedOn: look.item !== null,
      word: isTyped ? levelWord('flash') : null,
    })
  }

  /** Does what the button says. Returns an error to show to the editor, or null when it is done. */
  async #act(showProgress: (progress: string) => void): Promise<Outcome> {
    const { store, composing } = this.#deps
    const { look, me } = store.state
    if (look === null) return null
    const act = actOfLook(look, me)
    if (look.about === 'draft') {
      if (!(await composing.save()) || composing.draft.item === null) return this.#unsaved()
      composing.put({ ...composing.draft, state: 'sending' })
    }
    const { id, version } = look.item ?? composing.draft.item ?? { id: '', version: 0 }
    const [path, body] =
      act === 'approve'
        ? ['approve', { hash: look.item?.hash }]
        : [
            act === 'submit' ? 'submit' : 'publish',
            act === 'override' ? { version, overrideReason: look.overrideReason } : { version },
          ]
    const answer: ActAnswer = await call(`/v1/desk/items/${id}/${path}`, {
      method: 'POST',
      // The same intention has the same key, after a reload too: act, item and version name it.
      key: `${act}.${id}.${version}`,
      body,
      onRetry: (attempt, why = t('noAnswerYet')) => showProgress(`${why} ${t('askingAgain', { attempt })}`),
    })
    return this.#settled(answer, look)
  }

  async #settled(answer: ActAnswer, look: Look): Promise<Outcome> {
    const { composing, acted } = this.#deps
    if (answer.result === 'lost') return `${answer.detail ?? t('noAnswer')} ${t('pressAgain')}`
    if (answer.result === 'refused') {
      const published = itemIn(answer.problem)
      // An earlier attempt did it, whose answer was lost.
      if (published?.state === 'published') {
        if (look.about === 'draft') composing.done(composing.draft.key)
        await acted(published)
        return null
      }
      if (look.about === 'draft') composing.put({ ...composing.draft, state: 'writing' })
      return this.#refused(answer.problem, look.about === 'draft' ? composing.draft : look.draft, look)
    }
    const { item } = answer.body
    // The answer to an earlier attempt, which was undone since: what was pressed now is another intention.
    if (item.state === 'cancelled' && (await this.#foundAgain(item))) return null
    if (look.about === 'draft') composing.done(composing.draft.key)
    await acted(item)
    return null
  }

  #unsaved(): string {
    const { state } = this.#deps.store
    if (isUndecided(state)) {
      byId('confirm', HTMLDialogElement).close()
      byId('item-changed-title', HTMLElement).focus()
      return t('nothingSent')
    }
    return state.saving.state === 'refused' ? state.saving.detail : `${t('noService')} ${t('nothingSent')}`
  }

  /** Shows a refusal where it belongs, and gives it in one sentence. */
  async #explained(problem: ProblemBody, written: DeskDraft): Promise<ProblemBody> {
    if (problem.code !== 'alert-changed' || problem.differences !== undefined) return problem
    // The act names the newer version; the dry run explains what changed and by whom.
    const answer = await this.#dryRun(written)
    return answer.result === 'refused' ? answer.problem : problem
  }

  async #refused(refusal: ProblemBody, written: DeskDraft, look?: Look): Promise<string> {
    const { store, composing, isSignedOut } = this.#deps
    if (isSignedOut(refusal)) return refusal.detail
    if (look !== undefined && look.about !== 'draft') return refusal.detail
    const problem = await this.#explained(refusal, written)
    if (problem.code === 'idempotency-key-reused') return t('sentBefore')
    const newer = itemIn(problem)
    if (newer !== null) {
      byId('confirm', HTMLDialogElement).close()
      await composing.overtakenBy(newer)
      return problem.detail
    }
    const changed = changedOf(problem)
    if (changed !== null) {
      byId('confirm', HTMLDialogElement).close()
      store.set(() => ({ changed }))
      byId('alert-changed-title', HTMLElement).focus()
      return problem.detail
    }
    const mistakes = problem.errors ?? []
    if (mistakes.length > 0) byId('confirm', HTMLDialogElement).close()
    this.#showMistakes(mistakes.length > 0 ? mistakes : [{ pointer: '', detail: problem.detail, code: problem.code }])
    return problem.detail
  }

  #dryRun(draft: DeskDraft): Promise<Answer<DryRun>> {
    const { alert, kind } = draft
    const path = alert === null ? '/v1/alerts' : `/v1/alerts/${alert.id}/${kind}`
    const version = alert === null ? {} : { version: alert.version }
    return call<DryRun>(`${path}?dryRun=true`, { method: 'POST', body: bodyOf(draft), ...version })
  }

  /** Shows mistakes at their places, and goes to the first. */
  #showMistakes(mistakes: DeskState['mistakes']): void {
    const { store, composing } = this.#deps
    const tags = Object.keys(composing.draft.texts)
    store.set(({ changed }) => ({
      changed: mistakes.length === 0 ? null : changed,
      mistakes: mistakes.map((it) => ({ ...it, pointer: placeOf(it.pointer, tags) })),
    }))
    focusMistake(byId('compose', HTMLFormElement), mistakes.find(({ code }) => code === 'headline-missing')?.pointer)
  }
}

async function itemNow(id: string): Promise<DeskItem | undefined> {
  const answer = await call<{ readonly item: DeskItem }>(`/v1/desk/items/${id}`, { attempts: 1 })
  return answer.result === 'done' ? answer.body.item : undefined
}

const noLook = { item: null, overrideReason: '', isAsking: false } as const
