const settledMsMax = 5_000

/**
 * What an editor has others do: objects with databases of their own, which cannot look up who asks in the transaction
 * of the write. Whoever ends a key waits until what was allowed before has ended, so that nothing follows the answer.
 */
export class RemoteActs {
  readonly #underWay = new Set<Promise<unknown>>()

  /** Checks and begins in one step: `allowed` throws when the act may not be done. */
  async run<Result>(allowed: () => void, act: () => Promise<Result>): Promise<Result> {
    allowed()
    const acting = act()
    this.#underWay.add(acting)
    try {
      return await acting
    } finally {
      this.#underWay.delete(acting)
    }
  }

  /** Resolves when all that had begun before has ended; an object that does not answer is not waited for longer than seconds. */
  async settled(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | null = null
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, settledMsMax)
    })
    await Promise.race([Promise.allSettled([...this.#underWay]), late]).finally(() => {
      if (timer !== null) clearTimeout(timer)
    })
  }
}
