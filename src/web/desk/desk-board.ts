import type { ProblemBody } from '../../domain/problem.ts'
import { byId } from '../shared/dom.ts'
import { isFocusLost } from '../shared/focus.ts'
import { sending } from './busy-button.ts'
import type { Answer } from './desk-api.ts'
import type { DeskConfig } from './desk-config.ts'
import { type Freshness, freshnessOf } from './desk-freshness.ts'
import { onClosed } from './dialogs/on-closed.ts'
import { Composing } from './editing/composing.ts'
import { isBlank, newDraft } from './editing/desk-draft.ts'
import { focusField, toForm } from './editing/form-focus.ts'
import type { DeskItem } from './editing/item-draft.ts'
import { LastLook } from './editing/last-look.ts'
import { waitingFor } from './items/approval-notices.ts'
import { noArrivals, withArrivals } from './items/arrivals.ts'
import { browserNotices } from './items/browser-notices.ts'
import { actedWords, ItemAnnouncer } from './items/item-announcer.ts'
import { type ItemNews, PollingSource } from './items/item-source.ts'
import { OwnPresence, openOf } from './items/own-presence.ts'
import { showArrivals } from './items/show-arrivals.ts'
import { WaitingActs } from './items/waiting-acts.ts'
import { reloadNewest, watchForNewerPage } from './newer-page.ts'
import { offerSearch } from './search/find-items.ts'
import { listenToShortcuts, offerHelp } from './shortcuts.ts'
import { type DeskEditor, heldByMe, withItem } from './state/desk-state.ts'
import type { DeskStatus } from './state/desk-status.ts'
import { DeskStore } from './state/desk-store.ts'
import { t } from './state/desk-words.ts'
import { firstState } from './state/first-state.ts'
import type { Say } from './state/item-news.ts'
import { KeptDrafts } from './state/kept-drafts.ts'
import { withRetracted } from './state/retracted-alerts.ts'
import { heardClock } from './state/server-clock.ts'
import { type DeskViewActs, drawDesk } from './view/desk-view.ts'

type Deps = {
  readonly config: DeskConfig
  readonly status: DeskStatus
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly published: (alertId: string) => Promise<unknown>
  readonly trust: (trust: Freshness) => void
  /** The service answers again. */
  readonly again: () => void
  /** The kill switch was turned, by whomever. */
  readonly pauseTurned: () => void
}

const tickMs = 200

/** The live parts of the desk: the form, what waits, the drafts of everyone, and the last look. */
export class DeskBoard {
  readonly composing: Composing
  readonly #deps: Deps
  readonly #store: DeskStore
  readonly #look: LastLook
  readonly #acts: WaitingActs
  readonly #source: PollingSource
  readonly #presence = new OwnPresence()
  readonly #notices = browserNotices()
  readonly #announcer: ItemAnnouncer
  #unfollow = () => {}

  constructor(deps: Deps) {
    this.#deps = deps
    const { config, status, isSignedOut } = deps
    const say: Say = (words, about) => status.say(words, about)
    this.#announcer = new ItemAnnouncer({
      ...{ status, me: () => this.#store.state.me },
      published: (alertId) => deps.published(alertId),
      named: () => this.#store.set(() => ({})),
    })
    const kept = new KeptDrafts()
    const draft = kept.open() ?? newDraft(config.languages[0]?.tag ?? 'en')
    this.#store = new DeskStore(firstState(draft, this.#notices.state))
    const store = this.#store
    if (draft.state === 'sending') say(t('answerLost'))
    // The form stays where it is: what is written there is kept, and stored after the next sign-in.
    const signedOut = () => deps.trust('ended')
    this.composing = new Composing({ store, config, kept, say, signedOut, written: () => status.written() })
    this.#look = new LastLook({
      ...{ store, config },
      composing: this.composing,
      say,
      isSignedOut,
      acted: (item, first) => this.#acted(item, first),
    })
    this.#acts = new WaitingActs({
      say,
      isSignedOut,
      ...{ found: (item: DeskItem) => this.#found(item), me: () => store.state.me },
      gone: ({ id }) => {
        store.set(({ drafts }) => ({ drafts: drafts.filter((it) => it.id !== id) }))
        this.#source.soon()
        byId('drafts-title', HTMLElement).focus()
        say(t('draftDeleted'))
      },
    })
    this.#source = new PollingSource(
      (date, askedAt) => store.set(({ clock }) => ({ clock: heardClock(clock, date, askedAt, Date.now()) })),
      deps.pauseTurned,
    )
    const draw = drawDesk(config, this.#acting())
    store.onChange(draw)
    store.onChange((state) => this.#presence.show(openOf(state)))
    draw(store.state)
    setInterval(() => this.#tick(), tickMs)
    this.#listen()
  }

  /** What the desk shows, and when it changes. */
  get store(): Pick<DeskStore, 'state' | 'onChange'> {
    return this.#store
  }

  open(me: DeskEditor): void {
    this.#store.set(() => ({ me }))
    this.#unfollow()
    this.#unfollow = this.#source.follow(
      (news) => this.#told(news),
      (answer) => this.#answered(answer),
    )
    this.composing.resume()
  }

  signedOut(): void {
    this.#unfollow()
    this.#notices.forget()
    this.#store.set(() => ({ me: null, arrivals: noArrivals }))
  }

  /** Something was published, by whomever. */
  soon(): void {
    this.#source.changed()
  }

  /** The service answers again. */
  connected(): void {
    this.#store.set(() => ({ isConnected: true }))
    this.composing.resume()
  }

  #listen(): void {
    listenToShortcuts({
      cancelHeld: () => this.#cancelHeld(),
      dismiss: () => this.#deps.status.dismiss(),
      preview: () => sending(this.#look.preview(), byId('preview', HTMLButtonElement)),
      keep: () => void this.composing.save(),
      begin: () => void this.#begin(),
      help: offerHelp(),
    })
    onClosed(byId('confirm', HTMLDialogElement), () => this.#store.set(() => ({ look: null })))
    watchForNewerPage(() => this.#store.set(() => ({ isNewerOut: true })))
    this.composing.showKept()
    addEventListener('storage', () => this.composing.showKept())
    addEventListener('pagehide', () => {
      this.#presence.leave()
      void this.composing.save()
    })
  }

  async #begin(): Promise<void> {
    await this.composing.begin()
    toForm()
  }

  async #open(item: DeskItem): Promise<void> {
    // What this editor wrote on it and could not store yet comes first: their text is not left behind.
    const kept = this.#store.state.kept.find((it) => it.item?.id === item.id)
    const draft = kept ?? (await this.composing.draftOf(item))
    if (draft === null) return
    await this.composing.begin(draft)
    toForm()
  }

  /** Takes an item back, so that it can be changed: nothing that waits is changed under anybody's hand. */
  async #takeBack(item: DeskItem): Promise<void> {
    const taken = await this.#acts.takeBack(item)
    if (taken === null) return
    if (this.#store.state.draft.item?.id === taken.id) this.composing.rejoin(taken)
    else await this.#open(taken)
  }

  #cancelHeld(): boolean {
    const item = heldByMe(this.#store.state)
    if (item === null) return false
    void this.#cancel(item)
    return true
  }

  async #cancel(item: DeskItem): Promise<void> {
    const cancelled = await this.#acts.cancel(item)
    if (cancelled === null) return
    this.#deps.status.say(actedWords(cancelled), { item: cancelled })
    // What was just sent is what one goes on with.
    if (isBlank(this.composing.draft)) await this.#open(cancelled)
    else if (isFocusLost()) byId('drafts-title', HTMLElement).focus()
  }

  /** An act of this editor had a result. */
  async #acted(item: DeskItem, first = ''): Promise<void> {
    this.#found(item)
    const { status, published } = this.#deps
    status.say(`${first} ${actedWords(item)}`.trim(), { item })
    if (item.state === 'published') await published(item.alertId)
  }

  #found(item: DeskItem): void {
    this.#store.set((state) => withItem(state, item))
    this.#source.soon()
  }

  #told({ waiting, hasMoreWaiting, drafts, hasMore, presence }: ItemNews): void {
    const { state } = this.#store
    const arrivals = withArrivals(state, waiting)
    const told = { waiting, hasMoreWaiting, arrivals, drafts, hasMoreDrafts: hasMore, presence }
    this.#store.set(({ retracted }) => ({ ...told, retracted: withRetracted(retracted, waiting) }))
    this.#notices.look(waitingFor(this.#store.state))
    const all = [...waiting, ...drafts]
    void this.#announcer.look(state.waiting, all)
    void this.#look.heard(all)
  }

  async #turnNotices(to: 'on' | 'off'): Promise<void> {
    const notices = await this.#notices.turn(to)
    this.#store.set(() => ({ notices }))
    if (to === 'on' && this.#notices.isUnanswered) this.#deps.status.say(t('notices_dismissed'))
  }

  #answered(answer: Answer<unknown>): void {
    const trust = freshnessOf([answer])
    const wasConnected = this.#store.state.isConnected
    this.#store.set(() => ({ isConnected: trust !== 'unanswered' }))
    if (trust === 'fresh') this.#deps.status.connected()
    if (trust === 'fresh' && !wasConnected) this.#deps.again()
    if (trust === 'ended') this.#deps.trust('ended')
    if (trust === 'fresh') this.composing.resume()
  }

  #tick(): void {
    const { waiting, look } = this.#store.state
    if (waiting.some((item) => item.state === 'held') || look !== null) this.#store.set(() => ({ now: Date.now() }))
  }

  #acting(): DeskViewActs {
    const show = (run: Promise<unknown>) => sending(run)
    return {
      reload: () => show(reloadNewest()),
      cancel: (item) => show(this.#cancel(item)),
      arrived: (items) => showArrivals(this.#store, items),
      overtaken: {
        show: () => byId('item-changed-title', HTMLElement).focus(),
        decide: (part, whose) => {
          this.composing.decide(part, whose)
          const { overtaken } = this.#store.state
          if (overtaken === null) focusField(part)
          else byId('item-changed-title', HTMLElement).focus()
        },
        seen: () => this.#store.set(() => ({ overtaken: null })),
        branch: () => this.composing.branch(),
        takeBack: (item) => void this.#takeBack(item),
      },
      compose: {
        change: (changed) => this.composing.change(changed),
        addLanguage: (tag) => {
          this.composing.addLanguage(tag)
          byId('texts', HTMLElement)
            .querySelector<HTMLElement>(`[data-tag="${CSS.escape(tag)}"] textarea`)
            ?.focus()
        },
        removeLanguage: (tag) => {
          this.composing.removeLanguage(tag)
          byId('add-language', HTMLSelectElement).focus()
        },
        begin: () => show(this.#begin()),
        preview: () => show(this.#look.preview()),
        keep: () => show(this.composing.save()),
      },
      items: {
        open: (item) => show(this.#open(item)),
        openKept: (draft) => show(this.composing.begin(draft).then(() => toForm())),
        takeBack: (item) => void this.#takeBack(item),
        cancel: (item) => show(this.#cancel(item)),
        remove: (item) => void this.#acts.remove(item),
        approve: (item) => show(this.#look.openItem(item, 'approval')),
        release: (item) => show(this.#look.openItem(item, 'release')),
        more: () => this.#source.more(),
        unlock: (item) => show(this.#acts.unlock(item)),
        search: offerSearch(this.#store),
      },
      goOn: (newest) => {
        this.composing.goOnFrom(newest)
        byId('texts', HTMLElement).querySelector('textarea')?.focus()
      },
      notices: (to) => void this.#turnNotices(to),
    }
  }
}
