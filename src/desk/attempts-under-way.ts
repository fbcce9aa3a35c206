/**
 * What is being sent at the moment, so that no more of it is begun than is wanted, and a stop waits for it. `Key`: what an attempt
 * is counted by.
 */
export class AttemptsUnderWay<Key> {
  readonly #failed: (error: unknown) => void
  readonly #running = new Map<Key, Promise<void>>()
  #isStopped = false
  #onSettled = (): void => {}

  /** `failed`: is told what an attempt rejected with. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Called after each attempt: something else may be due. */
  onSettled(act: () => void): void {
    this.#onSettled = act
  }

  get keys(): readonly Key[] {
    return [...this.#running.keys()]
  }

  begin(key: Key, attempt: Promise<void>): void {
    const running = attempt.catch(this.#failed).finally(() => {
      this.#running.delete(key)
      if (!this.#isStopped) this.#onSettled()
    })
    this.#running.set(key, running)
  }

  /** Resolves when what is under way now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** Nobody is called any more. Waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.settled()
  }
}
