/**
 * The live streams of each address over several processes, in memory and only while they are open. A process that ends
 * takes its streams with it.
 */
export class AddressCounts<Process> {
  readonly #max: number
  readonly #byProcess = new Map<Process, Map<string, number>>()
  readonly #total = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes one more for a process; false when the address has no more. */
  take(process: Process, address: string): boolean {
    if ((this.#total.get(address) ?? 0) >= this.#max) return false
    const own = this.#byProcess.get(process) ?? new Map<string, number>()
    this.#byProcess.set(process, own)
    add(own, address, 1)
    add(this.#total, address, 1)
    return true
  }

  /** Gives one back; whoever has none gives nothing. */
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

  /** How many addresses are remembered. */
  get size(): number {
    return this.#total.size
  }
}

function add(counts: Map<string, number>, address: string, more: number): void {
  const count = (counts.get(address) ?? 0) + more
  if (count > 0) counts.set(address, count)
  else counts.delete(address)
}
