import { bytesOf, isBoundTo, textOf } from '../../reader/push-step.ts'
import type { call } from '../desk-api.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { inEnglish } from '../state/service-words.ts'

/** Whether this browser is told what waits for the editor, also while the desk is closed. */
export type DeskPushState = 'impossible' | 'denied' | 'off' | 'on'

/** What is used of a browser's `PushSubscription`. */
type Address = {
  readonly options: { readonly applicationServerKey: ArrayBuffer | null }
  toJSON(): unknown
  unsubscribe(): Promise<boolean>
}

/** What is used of the browser; null: it has no pushes. */
export type PushBrowser = {
  permission(): 'default' | 'denied' | 'granted'
  ask(): Promise<unknown>
  /** The desk's push address in this browser; null: it has none. */
  address(): Promise<Address | null>
  subscribe(key: Uint8Array<ArrayBuffer>): Promise<Address>
}

type Deps = {
  readonly browser: PushBrowser | null
  readonly ask: typeof call
  /** Where it is kept who has turned it on here; null: nowhere. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  readonly language: string
}

const storedAs = 'tocsin.desk.push'
const path = '/v1/desk/notifications'

/** Pushes to an editor's own browser. Permission is asked for by a button only. */
export class DeskPush {
  readonly #deps: Deps
  #id: string | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  state({ id }: Pick<DeskEditor, 'id'>): DeskPushState {
    const { browser } = this.#deps
    if (browser === null) return 'impossible'
    if (browser.permission() === 'denied') return 'denied'
    return browser.permission() === 'granted' && this.#owner() === id ? 'on' : 'off'
  }

  /**
   * An editor has come to the desk: who has it turned on here sends the address again, because browsers change it without a
   * word. Another editor's ends: what waits for them is not for who sits here now.
   */
  async begin(me: DeskEditor): Promise<void> {
    const owner = this.#owner()
    if (owner === null || this.#deps.browser === null) return
    if (owner !== me.id) return this.#forget()
    if (this.state(me) === 'on') await this.#send()
  }

  /** The button was pressed. What the service said when it has refused; null: it is as the button said, or not permitted. */
  async turn(to: 'on' | 'off', me: DeskEditor): Promise<string | null> {
    const { browser, storage } = this.#deps
    if (browser === null) return null
    if (to === 'off') {
      const id = this.#id
      await this.#forget()
      if (id !== null) await this.#deps.ask(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE', attempts: 2 })
      return null
    }
    if (browser.permission() === 'default') await browser.ask()
    // What is blocked is told by the state.
    if (browser.permission() !== 'granted') return browser.permission() === 'denied' ? null : t('notices_dismissed')
    const refusal = await this.#send()
    if (refusal === null) storage?.setItem(storedAs, me.id)
    return refusal
  }

  /** A browser that has not got it from its push service says why. */
  async #send(): Promise<string | null> {
    const { ask, language } = this.#deps
    const newsroom = await ask<{ readonly vapidPublicKey: string }>('/v1/newsroom')
    if (newsroom.result !== 'done') return newsroom.result === 'refused' ? newsroom.problem.detail : ''
    let address: Address
    try {
      address = await this.#addressFor(bytesOf(newsroom.body.vapidPublicKey))
    } catch (error) {
      return t('pushFailed', { detail: inEnglish(error instanceof Error ? error.message : String(error)) })
    }
    const vapidPublicKey = textOf(address.options.applicationServerKey)
    const body = { subscription: address.toJSON(), language, ...(vapidPublicKey ? { vapidPublicKey } : {}) }
    const answer = await ask<{ readonly id: string }>(path, { method: 'POST', body, attempts: 2 })
    if (answer.result !== 'done') return answer.result === 'refused' ? answer.problem.detail : (answer.detail ?? '')
    this.#id = answer.body.id
    return null
  }

  async #addressFor(key: Uint8Array<ArrayBuffer>): Promise<Address> {
    const { browser } = this.#deps
    if (browser === null) throw new Error('this browser has no pushes')
    const present = await browser.address()
    if (present !== null && isBoundTo(present.options.applicationServerKey, key)) return present
    // An address is bound to its key (RFC 8292 §4.2).
    await present?.unsubscribe()
    return browser.subscribe(key)
  }

  async #forget(): Promise<void> {
    this.#deps.storage?.removeItem(storedAs)
    this.#id = null
    await (await this.#deps.browser?.address())?.unsubscribe().catch(() => false)
  }

  #owner(): string | null {
    return this.#deps.storage?.getItem(storedAs) ?? null
  }
}
