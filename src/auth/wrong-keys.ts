/** So many wrong keys from an address are answered as they are: a newsroom's typing errors, and a program with a revoked key. */
const freeTries = 100
const waitSecondsMax = 60
/** An address from which no wrong key comes for so long is forgotten. */
const forgetMs = 10 * 60_000
const addressesMax = 100_000

/**
 * Counts wrong keys by address, in memory. Only wrong ones are slowed down: a right key is taken at once whatever came from
 * its address, because behind one address may be a whole newsroom, or a stranger who wants to lock it out. What keeps keys
 * from being guessed is their length.
 */
export class WrongKeys {
  readonly #counts = new Map<string, { count: number; lastMs: number }>()

  /** Counts a wrong key. The seconds for which its sender should wait; 0: none. */
  note(address: string, nowMs: number): number {
    const before = this.#counts.get(address)
    const count = before === undefined || nowMs - before.lastMs >= forgetMs ? 1 : before.count + 1
    // Deleted first, so that the map stays in the order of the last wrong key.
    this.#counts.delete(address)
    const [oldest] = this.#counts.keys()
    if (this.#counts.size >= addressesMax && oldest !== undefined) this.#counts.delete(oldest)
    this.#counts.set(address, { count, lastMs: nowMs })
    return count <= freeTries ? 0 : Math.min(waitSecondsMax, 2 ** Math.min(count - freeTries - 1, 30))
  }
}
