import { Problem } from '../../domain/problem.ts'

/** Writes in one transaction at most: a surge costs few commits, and none of them locks for long. */
const itemsMax = 256
/** Transactions at once: while one waits for its commit, the next is on its way. */
const groupsMax = 2
/** How long the first write of a group waits for others, in milliseconds. */
const collectMs = 2

type Waiting<Item, Result> = {
  readonly item: Item
  readonly key: string
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit for a database across the network: writes of many callers go in one transaction with a fixed number of
 * statements. No two writes with one key are under way at once, so each sees what the former has written. When a group
 * fails for another reason than the database, each of its writes is done alone, so that only the one that is at fault fails.
 */
export class WriteGroups<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #keyOf: (item: Item) => string
  #waiting: Waiting<Item, Result>[] = []
  readonly #keys = new Set<string>()
  #groups = 0
  #timer: ReturnType<typeof setTimeout> | null = null

  /** `write` resolves with the results in the order of the items. */
  constructor(write: (items: readonly Item[]) => Promise<readonly Result[]>, keyOf: (item: Item) => string) {
    this.#write = write
    this.#keyOf = keyOf
  }

  /** Resolves with the item's own result once it is durable. */
  run(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, key: this.#keyOf(item), resolve, reject })
      this.#timer ??= setTimeout(() => this.#begin(), collectMs)
    })
  }

  #begin(): void {
    this.#timer = null
    while (this.#groups < groupsMax) {
      const group = this.#take()
      if (group.length === 0) return
      this.#groups += 1
      void this.#commit(group).finally(() => {
        this.#groups -= 1
        for (const { key } of group) this.#keys.delete(key)
        if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#begin(), 0)
      })
    }
  }

  #take(): readonly Waiting<Item, Result>[] {
    const group: Waiting<Item, Result>[] = []
    this.#waiting = this.#waiting.filter((it) => {
      if (group.length === itemsMax || this.#keys.has(it.key)) return true
      this.#keys.add(it.key)
      group.push(it)
      return false
    })
    return group
  }

  async #commit(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#write(group.map(({ item }) => item))
      // One result for each item.
      group.forEach(({ resolve }, at) => void resolve(results[at] as Result))
    } catch (error) {
      if (group.length === 1 || error instanceof Problem) for (const { reject } of group) reject(error)
      else for (const one of group) await this.#commit([one])
    }
  }
}
