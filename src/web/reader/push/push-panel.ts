import '../common-parts.ts'
import { byId, setChildren, within } from '../../shared/dom.ts'
import { isFocusLost } from '../../shared/focus.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'
import type { Preferences } from '../../shared/preferences.ts'
import type { Choice } from '../choice.ts'
import { isDiscreetPage } from '../discreet-page.ts'
import { loadPart } from '../load-part.ts'
import type { PageNames } from '../page-names.ts'
import { inOwnOrder } from './own-order.ts'
import type { PanelState, PanelView } from './panel-view.ts'
import { PushForm } from './push-form.ts'

/** What is done for who subscribes or has subscribed: others do not load it. */
const forSubscribers = () => loadPart(() => import('./subscriber-panel.ts'))
const forHelp = () => loadPart(() => import('./push-help.ts'))
const waysOut = () => loadPart(() => import('./ways-out.ts'))

/** The part of the page that turns notifications on and off. It asks for no permission until the button is pressed. */
export class PushPanel implements PanelView {
  readonly config: ReaderConfig
  readonly names: PageNames
  readonly message = byId('push-message', HTMLElement)
  readonly #choice: () => Choice
  readonly #panel = byId('push', HTMLElement)
  readonly #help = byId('push-help', HTMLElement)
  readonly #form: PushForm
  /** What the form shows, and what is sent. */
  preferences: Preferences = { languages: [], topics: [], level: 'urgent', discreet: isDiscreetPage() }

  constructor(config: ReaderConfig, names: PageNames, choice: () => Choice) {
    this.config = config
    this.names = names
    this.#choice = choice
    this.#form = new PushForm({
      ...{ config, names, choice },
      onChange: (preferences) => void this.#change(preferences),
      onDiscreet: (discreet) => {
        // At once: the button may be pressed next.
        this.use({ ...this.preferences, discreet })
        void this.#act(async () => (await forSubscribers()).setDiscreet(this))
      },
    })
    this.#on('subscribe', () => this.#subscribe())
    this.#on('unsubscribe', async () => (await forSubscribers()).leave(this))
    this.#on('test-push', async () => (await forSubscribers()).test(this))
    byId('device', HTMLElement).addEventListener(
      'toggle',
      () => void this.#act(async () => (await forSubscribers()).openDevice(this)),
    )
  }

  /** Reads the state, and makes good what the browser or the server has lost of a subscription. */
  async start(): Promise<void> {
    if (!(isSecureContext && 'serviceWorker' in navigator)) return this.#cannot()
    this.use({ ...this.#pageInterest(), discreet: isDiscreetPage() })
    const isAble = 'PushManager' in window && 'Notification' in window
    try {
      const registered = navigator.serviceWorker.register('/assets/service-worker.js', { scope: '/' })
      // It waits for an update in progress, which a slow network may hold up: a worker that is active will do.
      const present = await navigator.serviceWorker.getRegistration('/').catch(() => undefined)
      if (present?.active) registered.catch(() => {})
      else await registered
    } catch (error) {
      // Firefox refuses it in private windows; without a connection the button tries it again.
      if (!isAble || (error instanceof Error && error.name === 'SecurityError')) return this.#cannot()
      return this.show('off')
    }
    // Such as an iPhone before the page is on its Home Screen: the worker keeps pages for it all the same.
    if (!isAble) return this.#cannot()
    const { permission } = Notification
    if (permission === 'denied') return this.denied()
    if (permission !== 'granted') return this.show('off')
    await (await forSubscribers()).visit(this)
  }

  /** Uses what the reader chose to see, when they chose it in this page. A visit alone does not change the interest. */
  async follow(): Promise<void> {
    const { languages, topics } = this.#pageInterest()
    await this.#change({ ...this.preferences, languages: inOwnOrder(languages, this.preferences.languages), topics })
  }

  get isOn(): boolean {
    return this.#panel.dataset.state === 'on'
  }

  /** Shows these preferences in the form; they are what is sent. */
  use(preferences: Preferences): void {
    this.preferences = preferences
    this.#form.show(preferences)
  }

  show(state: PanelState): void {
    this.#panel.dataset.state = state
    this.#clear()
    for (const part of this.#panel.querySelectorAll<HTMLElement>('[data-when]'))
      part.hidden = !part.dataset.when?.split(' ').includes(state)
  }

  say(key: string): void {
    setWords(this.message, this.config, key)
  }

  /** In a private window browsers say that notifications are blocked, and do not ask. */
  async denied(): Promise<void> {
    this.show('denied')
    await this.#explainBy(async () => [(await waysOut()).blockedPart(navigator), 'private'])
  }

  /** Shows parts of the help page here; where it cannot be loaded the link to it stays. */
  explain(...ids: readonly string[]): Promise<void> {
    return this.#explainBy(async () => ids)
  }

  async #explainBy(idsOf: () => Promise<readonly string[]>): Promise<void> {
    try {
      const [ids, { loadHelp }] = await Promise.all([idsOf(), forHelp()])
      const { part } = await loadHelp(this.config.language)
      this.message.textContent = ''
      setChildren(this.#help, ...ids.map(part))
    } catch {
      this.say('failed')
    }
  }

  async #change(preferences: Preferences): Promise<void> {
    this.use(preferences)
    if (this.isOn) await (await forSubscribers()).change(this)
  }

  async #subscribe(): Promise<void> {
    // The browser's question must follow the tap directly, so nothing is awaited before it.
    const asked = Notification.requestPermission()
    const { subscribe } = await forSubscribers()
    const permission = await asked
    if (permission === 'denied') return this.denied()
    if (permission !== 'granted') return this.explain('dismissed')
    await subscribe(this)
  }

  async #cannot(): Promise<void> {
    this.show('unsupported')
    const isStandalone = matchMedia('(display-mode: standalone)').matches
    await this.#explainBy(async () => (await waysOut()).unableParts(navigator, isStandalone))
  }

  #pageInterest(): Preferences {
    const { languages, topics } = this.#choice()
    return { ...this.#form.values(), languages, topics }
  }

  #clear(): void {
    this.message.textContent = ''
    this.#help.textContent = ''
  }

  /** What fails is said, with its way out. */
  async #act(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      const subscribers = await forSubscribers().catch(() => null)
      if (subscribers === null) this.say('failed')
      else await subscribers.explainTrouble(this, error)
    }
  }

  #on(id: string, act: () => Promise<void>): void {
    const button = byId(id, HTMLButtonElement)
    let isUnderWay = false
    button.addEventListener('click', async () => {
      if (isUnderWay) return
      // Not by disabling the button: that would take the focus from it.
      isUnderWay = true
      button.setAttribute('aria-disabled', 'true')
      this.#clear()
      await this.#act(act)
      button.removeAttribute('aria-disabled')
      isUnderWay = false
      // The button that was pressed may have been removed.
      const isGone = document.activeElement === button && button.closest('[hidden]') !== null
      if (isGone || isFocusLost()) within(this.#panel, 'h2', HTMLElement).focus()
    })
  }
}
