const settledMsMax = 5_000

/**
 * Operations that an editor requests of other objects. Those have separate databases, so the editor's right cannot be
 * checked in the transaction of the write. So ending a key waits until the operations that it allowed have ended.
 */
export class RemoteActs {
  readonly #underWay = new Set<Promise<unknown>>()

  /** Checks the right and begins the operation in one step: `allowed` throws when it is not allowed. */
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

  /** Resolves when all earlier operations have ended, or after some seconds when an object does not answer. */
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
