import { Problem } from '../../domain/problem.ts'
import { DatabaseBusy } from '../sql.ts'

type Options = {
  /** Writes in one transaction at most: a surge costs few commits, and none of them locks for long. */
  readonly itemsMax: number
  /** Transactions at once: while one waits for its commit, the next is on its way. */
  readonly groupsMax: number
  /** How long the first write of a group waits for others, in milliseconds. 0: not at all. */
  readonly collectMs: number
  /** How long a write may wait for the groups before its own, in milliseconds. */
  readonly waitMsMax: number
}

type Waiting<Item, Result> = {
  readonly item: Item
  readonly keys: readonly string[]
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  readonly timer: ReturnType<typeof setTimeout>
}

/**
 * Group commit for a database across the network: writes of many callers go in one transaction, in the order in which they
 * came. No two writes with a key in common are under way at once, so each sees what the former has written. When a group
 * fails by the database, those that wait fail with it: they would wait as long again. When it fails for another reason,
 * each of its writes is done alone, so that only the one that is at fault fails.
 */
export class WriteGroups<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #keysOf: (item: Item) => readonly string[]
  readonly #options: Options
  #waiting: Waiting<Item, Result>[] = []
  readonly #keys = new Set<string>()
  #groups = 0
  #state: 'idle' | 'collecting' = 'idle'

  /** `write` resolves with the results in the order of the items. */
  constructor(
    write: (items: readonly Item[]) => Promise<readonly Result[]>,
    keysOf: (item: Item) => readonly string[],
    options: Options,
  ) {
    this.#write = write
    this.#keysOf = keysOf
    this.#options = options
  }

  /** Resolves with the item's own result once it is durable. Rejects with DatabaseBusy when its turn does not come in time. */
  run(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((it) => it !== waiting)
        reject(new DatabaseBusy())
      }, this.#options.waitMsMax)
      const waiting = { item, keys: this.#keysOf(item), resolve, reject, timer }
      this.#waiting.push(waiting)
      this.#collect(this.#options.collectMs)
    })
  }

  #collect(waitMs: number): void {
    if (this.#state === 'collecting' || this.#groups === this.#options.groupsMax) return
    this.#state = 'collecting'
    const begin = () => {
      this.#state = 'idle'
      this.#begin()
    }
    if (waitMs === 0) queueMicrotask(begin)
    else setTimeout(begin, waitMs)
  }

  #begin(): void {
    while (this.#groups < this.#options.groupsMax) {
      const group = this.#take()
      if (group.length === 0) return
      this.#groups += 1
      void this.#commit(group).finally(() => {
        this.#groups -= 1
        for (const { keys } of group) for (const key of keys) this.#keys.delete(key)
        if (this.#waiting.length > 0) this.#collect(Math.min(1, this.#options.collectMs))
      })
    }
  }

  #take(): readonly Waiting<Item, Result>[] {
    const group: Waiting<Item, Result>[] = []
    this.#waiting = this.#waiting.filter((it) => {
      if (group.length === this.#options.itemsMax || it.keys.some((key) => this.#keys.has(key))) return true
      for (const key of it.keys) this.#keys.add(key)
      clearTimeout(it.timer)
      group.push(it)
      return false
    })
    return group
  }

  #reject(writes: readonly Waiting<Item, Result>[], error: unknown): void {
    for (const { reject, timer } of writes) {
      clearTimeout(timer)
      reject(error)
    }
  }

  async #commit(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#write(group.map(({ item }) => item))
      // One result for each item.
      group.forEach(({ resolve }, at) => void resolve(results[at] as Result))
    } catch (error) {
      if (error instanceof Problem) this.#reject([...group, ...this.#waiting.splice(0)], error)
      else if (group.length === 1) this.#reject(group, error)
      else for (const one of group) await this.#commit([one])
    }
  }
}
