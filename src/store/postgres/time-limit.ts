import { type ConnectionLost, NoAnswerInTime } from './postgres-fault.ts'

/** A limit of time for one operation of several steps. */
export class TimeLimit {
  readonly #limitMs: number
  readonly #timer: ReturnType<typeof setTimeout>
  readonly #over: Promise<never>
  #error: ConnectionLost | null = null
  #act: () => void = () => {}
  #state: 'running' | 'over' = 'running'

  constructor(limitMs: number) {
    this.#limitMs = limitMs
    const { promise, reject } = Promise.withResolvers<never>()
    this.#over = promise
    promise.catch(() => {})
    this.#timer = setTimeout(() => {
      this.#state = 'over'
      reject(this.error)
      this.#act()
    }, limitMs)
  }

  /**
   * What the operation rejects with when the time is over. The same each time; made when it is wanted, because an error's
   * stack takes longer than a claim's row.
   */
  get error(): ConnectionLost {
    this.#error ??= new NoAnswerInTime(this.#limitMs)
    return this.#error
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Resolves as the step does; rejects with `error` when the time is over before. */
  race<Result>(step: Promise<Result>): Promise<Result> {
    return Promise.race([step, this.#over])
  }

  /** What is done when the time is over, in place of what was set before. At once, when it is over already. */
  onOver(act: () => void): void {
    if (this.isOver) act()
    this.#act = act
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
