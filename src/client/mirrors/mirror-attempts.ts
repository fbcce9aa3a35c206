/** So many bytes from one round to the next are no slow drip: the rest of the file will come sooner so than over another connection. */
const comingBytesMin = 2_048
type UnderWay = {
  bytes: number
  /** How many there were at the round before. */
  bytesBefore: number
  /** Ends it, and with that what waits for it. */
  readonly end: () => void
  /** Resolves when it has ended. */
  readonly over: Promise<void>
}

/** Reads a mirror's files. Calls `came` for the bytes of each piece. The signal is aborted when the result is not waited for any more. */
type Attempt = (address: string, came: (bytes: number) => void, ended: AbortSignal) => Promise<unknown>

/**
 * What is being asked of mirrors. In each round every mirror is asked at once, so none waits for another one. A mirror that has not
 * answered by the next round is asked again beside that: it may have been silent only then. Where its file is coming, or is being verified,
 * it is asked again once that is over, since what it has now may be newer. Of two attempts that both take longer, the one that has brought
 * less is given up for the new one; so a slow line has one that goes on.
 */
export class MirrorAttempts {
  /** Oldest first. */
  readonly #all = new Map<string, readonly UnderWay[]>()

  /** Resolves when all that this round has begun is over, at once when `ended`. `whose`: who asks, where several do. */
  async round(addresses: readonly string[], attempt: Attempt, ended: AbortSignal, whose = ''): Promise<void> {
    await Promise.all(addresses.map((address) => this.#ask(address, attempt, ended, whose + address)))
  }

  async #ask(address: string, attempt: Attempt, ended: AbortSignal, name: string): Promise<void> {
    const underWay = this.#all.get(name) ?? []
    const coming = underWay.find((it) => it.bytes - it.bytesBefore >= comingBytesMin)
    for (const it of underWay) it.bytesBefore = it.bytes
    if (coming !== undefined) await coming.over
    const isAskedSince = (this.#all.get(name) ?? []).some((it) => !underWay.includes(it))
    if (!isAskedSince && !ended.aborted) await this.#begin(address, attempt, ended, name)
  }

  async #begin(address: string, attempt: Attempt, ended: AbortSignal, name: string): Promise<void> {
    const [one, two] = this.#all.get(name) ?? []
    if (one !== undefined && two !== undefined) (two.bytes > one.bytes ? one : two).end()
    const abort = new AbortController()
    let resolveOver = () => {}
    const over = new Promise<void>((resolve) => {
      resolveOver = resolve
    })
    const end = () => {
      abort.abort()
      ended.removeEventListener('abort', end)
      const left = (this.#all.get(name) ?? []).filter((it) => it !== begun)
      if (left.length > 0) this.#all.set(name, left)
      else this.#all.delete(name)
      resolveOver()
    }
    const begun: UnderWay = { bytes: 0, bytesBefore: 0, end, over }
    const came = (bytes: number) => {
      begun.bytes += bytes
    }
    this.#all.set(name, [...(this.#all.get(name) ?? []), begun])
    ended.addEventListener('abort', end)
    attempt(address, came, abort.signal).then(end, end)
    await over
  }
}
