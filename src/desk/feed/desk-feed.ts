import type { AlertLog, Seq } from '../../log/log.ts'
import type { Deliveries } from '../deliveries.ts'
import type { DeskDelivery } from '../delivery-schema.ts'
import { answerOf } from '../items/item.ts'
import type { ItemStore } from '../items/item-store.ts'
import type { Presence } from '../items/presence.ts'
import type { PauseStore } from '../pause.ts'

/**
 * What a desk page is told. `presence`: all who have something open, when one comes or goes. `id`: the position in the feed of items, where the event moves it. `items`: items that have
 * changed, as they are answered; those of `deleted` are gone. `reset`: too much has changed; the lists are to be read again.
 */
export type DeskEvent =
  | {
      readonly type: 'items'
      readonly id: number
      readonly items: readonly object[]
      readonly deleted: readonly string[]
    }
  | { readonly type: 'reset'; readonly id: number }
  | { readonly type: 'presence'; readonly presence: readonly Presence[] }
  | { readonly type: 'pause'; readonly pause: object | null }
  | { readonly type: 'delivery'; readonly alertId: string; readonly deliveries: readonly DeskDelivery[] }

type Deps = {
  readonly items: Pick<ItemStore, 'changes' | 'presence'>
  readonly pauses: Pick<PauseStore, 'current'>
  readonly log: Pick<AlertLog, 'bounds' | 'after'>
  readonly outbox: Deliveries
  /** Unix milliseconds. */
  readonly now: () => number
}

/** What one look reads at most. Who is further behind reads the lists anew. */
const changesMax = 200
const entriesMax = 50
/** The alerts whose deliveries are watched: the newest. */
const watchedMax = 20

/**
 * Sees what changes at the desk by reading it again and again, whoever changed it: another process, another node. One for a
 * process, however many pages listen; `look` is called while somebody does.
 */
export class DeskFeed {
  readonly #deps: Deps
  readonly #listeners = new Set<(event: DeskEvent) => void>()
  #wake = () => {}
  #position: number | null = null
  #seq: Seq | null = null
  #pause = ''
  #present = '[]'
  readonly #deliveries = new Map<string, string>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Something was done in this process: a look is worth it now. */
  soon(): void {
    this.#wake()
  }

  /** Calls `wake` when something was done in this process. */
  onSoon(wake: () => void): void {
    this.#wake = wake
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  get size(): number {
    return this.#listeners.size
  }

  /**
   * Listens from now on. `after`: the position that the listener has; what came since is given at once. Without one it
   * begins here. Returns a function that ends it.
   */
  async listen(listener: (event: DeskEvent) => void, after: number | null): Promise<() => void> {
    const { position, events } = await this.#since(after)
    // From here on: an alert that is published before the first look is watched too.
    this.#seq ??= (await this.#deps.log.bounds()).head
    this.#listeners.add(listener)
    if (this.#position === null || this.#position > position) this.#position = position
    for (const event of events) listener(event)
    if (events.length === 0) listener({ type: 'items', id: position, items: [], deleted: [] })
    listener({ type: 'pause', pause: await this.#deps.pauses.current() })
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#forget()
    }
  }

  /** Reads what is new and tells the listeners. */
  async look(): Promise<void> {
    const { position, events } = await this.#since(this.#position)
    this.#position = position
    for (const event of [
      ...events,
      ...(await this.#presenceEvents()),
      ...(await this.#pauseEvents()),
      ...(await this.#deliveryEvents()),
    ])
      for (const listener of this.#listeners) listener(event)
  }

  async #since(after: number | null): Promise<{ readonly position: number; readonly events: readonly DeskEvent[] }> {
    const { last, items, deleted, isAll } = await this.#deps.items.changes(after, changesMax)
    if (after === null) return { position: last, events: [] }
    if (!isAll || last < after) return { position: last, events: [{ type: 'reset', id: last }] }
    if (items.length + deleted.length === 0) return { position: last, events: [] }
    return { position: last, events: [{ type: 'items', id: last, items: items.map(answerOf), deleted }] }
  }

  /** Who has what open. That somebody has it open still is not told again. */
  async #presenceEvents(): Promise<readonly DeskEvent[]> {
    const presence = await this.#deps.items.presence.present(new Date(this.#deps.now()).toISOString())
    const said = JSON.stringify(presence.map(({ itemId, by, doing }) => [itemId, by, doing]).toSorted())
    if (said === this.#present) return []
    this.#present = said
    return [{ type: 'presence', presence }]
  }

  async #pauseEvents(): Promise<readonly DeskEvent[]> {
    const pause = await this.#deps.pauses.current()
    const said = JSON.stringify(pause)
    if (said === this.#pause) return []
    this.#pause = said
    return [{ type: 'pause', pause }]
  }

  /** The deliveries of the alerts that were changed since somebody listens. */
  async #deliveryEvents(): Promise<readonly DeskEvent[]> {
    const { log, outbox } = this.#deps
    this.#seq ??= (await log.bounds()).head
    for (const { seq, alert } of await log.after(this.#seq, entriesMax)) {
      this.#seq = seq
      // The newest is the last of the map.
      this.#deliveries.delete(alert.id)
      this.#deliveries.set(alert.id, '')
    }
    for (const id of [...this.#deliveries.keys()].slice(0, -watchedMax)) this.#deliveries.delete(id)
    const events: DeskEvent[] = []
    for (const [alertId, before] of this.#deliveries) {
      const deliveries = await outbox.delivery(alertId)
      const said = JSON.stringify(deliveries)
      if (said === before) continue
      this.#deliveries.set(alertId, said)
      events.push({ type: 'delivery', alertId, deliveries })
    }
    return events
  }

  /** Nobody listens: the next one begins anew. */
  #forget(): void {
    this.#position = null
    this.#seq = null
    this.#pause = ''
    this.#present = '[]'
    this.#deliveries.clear()
  }
}
