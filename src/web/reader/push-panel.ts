import { listText } from '../../domain/writing/list-text.ts'
import { getStored } from '../shared/browser-storage.ts'
import { readDeviceChoices, writeDeviceChoices } from '../shared/device-choices.ts'
import { byId, make, setChildren, within } from '../shared/dom.ts'
import { isFocusLost } from '../shared/focus.ts'
import { momentText } from '../shared/moment-text.ts'
import { type ReaderConfig, setWords } from '../shared/page-config.ts'
import type { Preferences } from '../shared/preferences.ts'
import type { Saved } from '../shared/push-subscription.ts'
import type { Choice } from './choice.ts'
import { setDiscreetPage } from './discreet-page.ts'
import { inOwnOrder } from './own-order.ts'
import type { PageNames } from './page-names.ts'
import { blockedPart, supportOf } from './platform.ts'
import { PushForm } from './push-form.ts'

type State = 'unsupported' | 'private' | 'old-iphone' | 'home-screen' | 'denied' | 'off' | 'on'

/** What is done once a reader has subscribed, or is about to: others do not load it. */
const acts = () => import('./push-acts.ts')
const help = () => import('./push-help.ts')

/** How long a test notification may take until the panel says where to look. */
const testSeconds = 20

/** The part of the page that turns notifications on and off. It asks for no permission until the button is pressed. */
export class PushPanel {
  readonly #config: ReaderConfig
  readonly #names: PageNames
  readonly #choice: () => Choice
  readonly #panel = byId('push', HTMLElement)
  readonly #message = byId('push-message', HTMLElement)
  readonly #help = byId('push-help', HTMLElement)
  readonly #form: PushForm
  #preferences: Preferences = { languages: [], topics: [], level: 'urgent', discreet: false }

  constructor(config: ReaderConfig, names: PageNames, choice: () => Choice) {
    this.#config = config
    this.#names = names
    this.#choice = choice
    this.#form = new PushForm({
      ...{ config, names, choice },
      onChange: (preferences) => void this.#change(preferences),
      onDiscreet: (isDiscreet) => void this.#setDiscreet(isDiscreet),
    })
    this.#on('subscribe', () => this.#subscribe())
    this.#on('unsubscribe', () => this.#unsubscribe())
    this.#on('test-push', () => this.#test())
    byId('device', HTMLElement).addEventListener('toggle', () => void this.#openDevice())
  }

  /** Reads the state and sends it to the server again: browsers lose subscriptions without an event. */
  async start(): Promise<void> {
    const support = supportOf(facts())
    if (support !== 'able') return this.#cannot(support)
    const { discreet } = await readDeviceChoices()
    this.#use({ ...this.#pageInterest(), discreet })
    const { permission } = Notification
    try {
      await registerWorker()
    } catch (error) {
      // Firefox refuses it in private windows; without a connection the button tries it again.
      if (error instanceof Error && error.name === 'SecurityError') return this.#cannot('private')
      return this.#show('off')
    }
    if (permission === 'denied') return this.#denied()
    if (permission !== 'granted') return this.#show('off')
    const { leaveRest, standing } = await acts()
    const rest = await leaveRest()
    const { step, saved } = await standing(this.#config.vapidPublicKey)
    if (rest === false || step === 'off') {
      this.#show('off')
      if (rest === false) this.#say('leftLater')
      return
    }
    // What the device does holds, whatever the server was told.
    if (saved !== null) this.#use({ ...saved.preferences, discreet: discreet || saved.preferences.discreet })
    if (this.#preferences.discreet && !discreet) await this.#keepDiscreet(true).catch(() => {})
    this.#show('on')
    await this.#showLast()
    await this.#change(this.#preferences)
  }

  /** Uses what the reader chose to see, when they chose it in this page. A visit alone does not change the interest. */
  async follow(): Promise<void> {
    const { languages, topics } = this.#pageInterest()
    await this.#change({ ...this.#preferences, languages: inOwnOrder(languages, this.#preferences.languages), topics })
  }

  #use(preferences: Preferences): void {
    this.#preferences = preferences
    this.#form.show(preferences)
  }

  /** Sends the current interest to the server, if there is a subscription. The next visit repeats it if this fails. */
  async #change(preferences: Preferences, failed?: string): Promise<void> {
    this.#use(preferences)
    if (this.#panel.dataset.state !== 'on') return
    const { change } = await acts()
    try {
      const saved = await change(this.#config.vapidPublicKey, preferences)
      // Unless the reader has unsubscribed, or made another choice meanwhile.
      if (saved === null || this.#preferences !== preferences) return
      this.#use(saved.preferences)
      this.#showLeftOut(preferences)
    } catch (error) {
      if (failed === undefined) await this.#trouble(error)
      else this.#say(failed)
    }
  }

  async #subscribe(): Promise<void> {
    // The browser's question must follow the tap directly, so nothing is awaited before it.
    const asked = Notification.requestPermission()
    const { subscribe } = await acts()
    const permission = await asked
    if (permission === 'denied') return this.#denied()
    if (permission !== 'granted') return this.#explain('dismissed')
    const saved = await subscribe(this.#config.vapidPublicKey, this.#preferences)
    if (saved !== null) this.#subscribed(saved)
  }

  #subscribed({ preferences }: Saved): void {
    this.#use(preferences)
    this.#show('on')
    void this.#showLast()
    byId('unsubscribe', HTMLButtonElement).focus()
  }

  async #unsubscribe(): Promise<void> {
    const { leave } = await acts()
    const isDone = await leave()
    this.#show('off')
    if (!isDone) this.#say('leftLater')
    byId('subscribe', HTMLButtonElement).focus()
  }

  /** Says how it went as far as this browser sees it: its service worker notes when a notification comes. */
  async #test(): Promise<void> {
    const before = await getStored('last-came')
    const [{ test }, { loadHelp }] = await Promise.all([acts(), help()])
    const [{ tested, isRenewed }, { words }] = await Promise.all([
      test(this.#config.vapidPublicKey, this.#preferences),
      loadHelp(this.#config.language),
    ])
    if (tested === 'too-many') return setWords(this.#message, { words }, 'testsSpent')
    if (tested !== 'sent') return this.#explain('server')
    this.#say('testSent')
    const renewed = make('span')
    if (isRenewed) setWords(renewed, { words }, 'renewed')
    if (isRenewed) this.#message.append(' ', renewed)
    for (let second = 0; second < testSeconds; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      if ((await getStored('last-came')) === before) continue
      setWords(this.#message, { words }, 'testCame')
      if (isRenewed) this.#message.append(' ', renewed)
      return this.#showLast()
    }
    await this.#explain('test-nothing')
  }

  /** On this device at once; the server makes its payloads neutral too, once it can be told. */
  async #setDiscreet(discreet: boolean): Promise<void> {
    try {
      await this.#keepDiscreet(discreet)
    } catch {
      this.#say('notKept')
    }
    await this.#change({ ...this.#preferences, discreet }, discreet ? 'hiddenHere' : undefined)
    setDiscreetPage(discreet, this.#config.words.text.neutralName ?? '')
  }

  async #keepDiscreet(discreet: boolean): Promise<void> {
    const { discreetTitle } = this.#config
    await writeDeviceChoices({ ...(await readDeviceChoices()), discreet, discreetTitle })
  }

  async #openDevice(): Promise<void> {
    const place = byId('device-parts', HTMLElement)
    if (place.hasChildNodes()) return
    try {
      const [{ showDeviceForm }, { loadHelp }] = await Promise.all([import('./device-form.ts'), help()])
      await showDeviceForm(await loadHelp(this.#config.language), place)
    } catch {
      this.#say('failed')
    }
  }

  #pageInterest(): Preferences {
    const { languages, topics } = this.#choice()
    return { ...this.#form.values(), languages: inOwnOrder(languages, []), topics }
  }

  /** Shows which chosen languages and topics the newsroom has removed: no alert comes for them. */
  #showLeftOut({ languages, topics }: Preferences): void {
    const { names, topics: labels } = this.#names
    const lost = [...languages.filter((tag) => !(tag in names)), ...topics.filter((id) => !(id in labels))]
    if (lost.length > 0) this.#say('leftOut', { names: listText(this.#config.formats, lost) })
  }

  async #showLast(): Promise<void> {
    const { formats } = this.#config
    const at = Date.parse(String(await getStored('last-came')))
    const line = byId('last-came', HTMLElement)
    if (Number.isNaN(at)) return setWords(line, this.#config, 'noneCame')
    const [last, since] = [make('span'), make('span')]
    setWords(last, this.#config, 'lastCame', { time: momentText(at, Date.now(), formats) })
    setWords(since, this.#config, 'nothingSince')
    setChildren(line, last, ' ', since)
  }

  async #cannot(state: Exclude<State, 'denied' | 'off' | 'on'>): Promise<void> {
    this.#show(state)
    await this.#explain(state)
  }

  /** In a private window browsers say that notifications are blocked, and do not ask. */
  async #denied(): Promise<void> {
    this.#show('denied')
    await this.#explain(blockedPart(facts()), 'private')
  }

  /** What a failure means, and the way out. */
  async #trouble(error: unknown): Promise<void> {
    const { troubleOf } = await acts().catch(() => ({ troubleOf: () => 'offline' as const }))
    const trouble = troubleOf(error)
    if (trouble === 'denied') return this.#denied()
    if (trouble === 'offline' || trouble === 'not-kept') return this.#say(trouble === 'offline' ? 'failed' : 'notKept')
    return this.#explain(trouble)
  }

  /** Shows parts of the help page here; where it cannot be loaded the link to it stays. */
  async #explain(...ids: readonly string[]): Promise<void> {
    try {
      const { loadHelp } = await help()
      const { part } = await loadHelp(this.#config.language)
      setChildren(this.#help, ...ids.flatMap((id) => part(id) ?? []))
    } catch {
      if (!this.#message.textContent && this.#panel.dataset.state === 'off') this.#say('failed')
    }
  }

  #show(state: State): void {
    this.#panel.dataset.state = state
    this.#clear()
    for (const part of this.#panel.querySelectorAll<HTMLElement>('[data-when]'))
      part.hidden = !part.dataset.when?.split(' ').includes(state)
  }

  #clear(): void {
    this.#message.textContent = ''
    this.#help.textContent = ''
  }

  #say(key: string, values: Readonly<Record<string, string>> = {}): void {
    setWords(this.#message, this.#config, key, values)
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
      await act().catch((error) => this.#trouble(error))
      button.removeAttribute('aria-disabled')
      isUnderWay = false
      // The button that was pressed may have been removed.
      const isGone = document.activeElement === button && button.closest('[hidden]') !== null
      if (isGone || isFocusLost()) within(this.#panel, 'h2', HTMLElement).focus()
    })
  }
}

function registerWorker(): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register('/assets/service-worker.js', { scope: '/' })
}

function facts() {
  return {
    ...{ userAgent: navigator.userAgent, touchPoints: navigator.maxTouchPoints, isSecure: isSecureContext },
    isStandalone: matchMedia('(display-mode: standalone)').matches,
    ...{ hasWorkers: 'serviceWorker' in navigator, hasPush: 'PushManager' in window },
    hasNotifications: 'Notification' in window,
  }
}
