import type { Level } from '../../domain/alert-types.ts'
import { listText } from '../../domain/writing/list-text.ts'
import { getStored } from '../shared/browser-storage.ts'
import { byId, make, setChildren, within } from '../shared/dom.ts'
import { isFocusLost } from '../shared/focus.ts'
import { momentText } from '../shared/moment-text.ts'
import { type ReaderConfig, setWords } from '../shared/page-config.ts'
import type { Preferences } from '../shared/preferences.ts'
import { removeSubscription, requestTest, savedSubscription, sendSubscription } from '../shared/push-subscription.ts'
import type { Choice } from './choice.ts'
import type { PageNames } from './page-names.ts'
import { bytesOf, isBoundTo, pushStep } from './push-step.ts'

type State = 'unsupported' | 'home-screen' | 'denied' | 'off' | 'on'

/** The part of the page that turns notifications on and off. It asks for no permission until the button is pressed. */
export class PushPanel {
  readonly #config: ReaderConfig
  readonly #names: PageNames
  readonly #choice: () => Choice
  readonly #panel = byId('push', HTMLElement)
  readonly #form = byId('push-form', HTMLFormElement)
  readonly #message = byId('push-message', HTMLElement)
  #preferences: Preferences = { languages: [], topics: [], level: 'urgent', discreet: false }

  constructor(config: ReaderConfig, names: PageNames, choice: () => Choice) {
    this.#config = config
    this.#names = names
    this.#choice = choice
    this.#on('subscribe', () => this.#subscribe())
    this.#on('unsubscribe', () => this.#unsubscribe())
    this.#on('test-push', async () => {
      this.#showMessage((await requestTest()) ? 'testSent' : 'failed')
    })
    this.#form.addEventListener('change', () => void this.#change({ ...this.#preferences, ...this.#formValues() }))
    this.#form.addEventListener('submit', (event) => event.preventDefault())
  }

  /** Reads the state and sends it to the server again: browsers lose subscriptions without an event. */
  async start(): Promise<void> {
    const state = supported()
    if (state !== 'off') return this.#show(state)
    const registration = await navigator.serviceWorker.register('/assets/service-worker.js', { scope: '/' })
    const address = await registration.pushManager.getSubscription()
    const saved = await savedSubscription()
    this.#preferences = saved?.preferences ?? this.#pageInterest()
    this.#recall(this.#preferences)
    const step = pushStep({
      permission: Notification.permission,
      address: address && { key: address.options.applicationServerKey },
      newsroomKey: bytesOf(this.#config.vapidPublicKey),
      isSaved: saved !== null,
    })
    if (step === 'denied' || step === 'off') return this.#show(step)
    this.#show('on')
    // A renewal is made where any change is: the address is compared with our key there again.
    await this.#showLast()
    await this.#change(this.#preferences)
  }

  /** Uses what the reader chose to see, when they chose it in this page. A visit alone does not change the interest. */
  async follow(): Promise<void> {
    await this.#change(this.#pageInterest())
  }

  /** Sends the current interest to the server, if there is a subscription. The next visit repeats it if this fails. */
  async #change(preferences: Preferences): Promise<void> {
    this.#preferences = preferences
    if (this.#panel.dataset.state !== 'on') return
    try {
      const saved = await sendSubscription(() => this.#address(), preferences)
      // Unless the reader has unsubscribed, or made another choice meanwhile.
      if (saved === null || this.#preferences !== preferences) return
      this.#preferences = saved.preferences
      this.#showLanguages()
      this.#showLeftOut(preferences)
    } catch {
      this.#showMessage('failed')
    }
  }

  async #subscribe(): Promise<void> {
    // The browser's question must follow the tap directly, so nothing is awaited before it.
    const permission = await Notification.requestPermission()
    if (permission === 'denied') return this.#show('denied')
    if (permission !== 'granted') return
    this.#preferences = this.#pageInterest()
    const saved = await sendSubscription(() => this.#address(), this.#preferences).catch(async (error) => {
      // An address that the server does not know would show "on" and bring nothing.
      await this.#dropAddress()
      throw error
    })
    if (saved === null) return
    this.#show('on')
    this.#showLanguages()
    byId('unsubscribe', HTMLButtonElement).focus()
  }

  async #unsubscribe(): Promise<void> {
    const [left] = await Promise.allSettled([this.#dropAddress(), removeSubscription()])
    if (left.status === 'rejected') throw left.reason
    this.#show('off')
    byId('subscribe', HTMLButtonElement).focus()
  }

  /** The browser's push subscription, made again when it belongs to another VAPID key. */
  async #address(): Promise<PushSubscription> {
    const { pushManager } = await navigator.serviceWorker.ready
    const key = bytesOf(this.#config.vapidPublicKey)
    const address = await pushManager.getSubscription()
    if (address && isBoundTo(address.options.applicationServerKey, key)) return address
    await address?.unsubscribe()
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  }

  async #dropAddress(): Promise<void> {
    const { pushManager } = await navigator.serviceWorker.ready
    const address = await pushManager.getSubscription()
    await address?.unsubscribe()
  }

  #pageInterest(): Preferences {
    const { languages, topics } = this.#choice()
    const { discreet, level } = this.#formValues()
    return { discreet, level, languages, topics }
  }

  #formValues(): Pick<Preferences, 'level' | 'discreet'> {
    const form = new FormData(this.#form)
    return { level: levelOf(form.get('level')), discreet: form.get('discreet') !== null }
  }

  /** Shows the subscribed languages: the page may have another language than the one where the reader subscribed. */
  #showLanguages(): void {
    const { names, dirs } = this.#names
    const shown = this.#preferences.languages.map((tag) =>
      make('bdi', { lang: tag, dir: dirs[tag] ?? 'auto' }, names[tag] ?? tag),
    )
    setChildren(
      byId('push-languages', HTMLElement),
      ...shown.flatMap((name, at) => (at === 0 ? [name] : [' · ', name])),
    )
  }

  /** Shows which chosen languages and topics the newsroom has removed: no alert comes for them. */
  #showLeftOut({ languages, topics }: Preferences): void {
    const { names, topics: labels } = this.#names
    const lost = [...languages.filter((tag) => !(tag in names)), ...topics.filter((id) => !(id in labels))]
    if (lost.length > 0)
      setWords(this.#message, this.#config, 'leftOut', {
        names: listText(this.#config.formats, lost),
      })
  }

  #recall({ level: wanted, discreet }: Preferences): void {
    const { elements } = this.#form
    const level = elements.namedItem('level')
    const box = elements.namedItem('discreet')
    if (level instanceof HTMLSelectElement) level.value = wanted
    if (box instanceof HTMLInputElement) box.checked = discreet
  }

  async #showLast(): Promise<void> {
    const at = Date.parse(String(await getStored('last-came')))
    if (Number.isNaN(at)) return
    const line = byId('last-came', HTMLElement)
    setWords(line, this.#config, 'lastCame', { time: momentText(at, Date.now(), this.#config.formats) })
    line.hidden = false
  }

  #show(state: State): void {
    this.#panel.dataset.state = state
    this.#message.textContent = ''
    for (const part of this.#panel.querySelectorAll<HTMLElement>('[data-when]'))
      part.hidden = !part.dataset.when?.split(' ').includes(state)
  }

  #showMessage(key: string): void {
    setWords(this.#message, this.#config, key)
  }

  #on(id: string, act: () => Promise<void>): void {
    const button = byId(id, HTMLButtonElement)
    let isUnderWay = false
    button.addEventListener('click', async () => {
      if (isUnderWay) return
      // Not by disabling the button: that would take the focus from it.
      isUnderWay = true
      button.setAttribute('aria-disabled', 'true')
      this.#message.textContent = ''
      await act().catch(() => this.#showMessage('failed'))
      button.removeAttribute('aria-disabled')
      isUnderWay = false
      // The button that was pressed may have been removed.
      const isGone = document.activeElement === button && button.closest('[hidden]') !== null
      if (isGone || isFocusLost()) within(this.#panel, 'h2', HTMLElement).focus()
    })
  }
}

function supported(): State {
  const able = isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
  if (able) return 'off'
  // iPads call themselves Macs, but no Mac has a touch screen.
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent)
  const pad = /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1
  const installed = matchMedia('(display-mode: standalone)').matches
  return (apple || pad) && !installed ? 'home-screen' : 'unsupported'
}

function levelOf(value: unknown): Level {
  return value === 'flash' || value === 'routine' ? value : 'urgent'
}
