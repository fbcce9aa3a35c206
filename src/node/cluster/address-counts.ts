/**
 * Counts the live streams of each address over several processes, in memory and only while they are open. When a
 * process ends, its streams are no longer counted.
 */
export class AddressCounts<Process> {
  readonly #max: number
  readonly #byProcess = new Map<Process, Map<string, number>>()
  readonly #total = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes a slot of an address for a process; false when the address is at its limit. */
  take(process: Process, address: string): boolean {
    if ((this.#total.get(address) ?? 0) >= this.#max) return false
    const own = this.#byProcess.get(process) ?? new Map<string, number>()
    this.#byProcess.set(process, own)
    add(own, address, 1)
    add(this.#total, address, 1)
    return true
  }

  /** Gives a slot back. Does nothing when the process has none of this address. */
  give(process: Process, address: string): void {
    const own = this.#byProcess.get(process)
    if (own === undefined || !own.has(address)) return
    add(own, address, -1)
    add(this.#total, address, -1)
  }

  ended(process: Process): void {
    for (const [address, count] of this.#byProcess.get(process) ?? []) add(this.#total, address, -count)
    this.#byProcess.delete(process)
  }

  /** The number of addresses with a live stream. */
  get size(): number {
    return this.#total.size
  }
}

function add(counts: Map<string, number>, address: string, more: number): void {
  const count = (counts.get(address) ?? 0) + more
  if (count > 0) counts.set(address, count)
  else counts.delete(address)
}
