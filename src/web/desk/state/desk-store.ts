import type { DeskState } from './desk-state.ts'

/** The desk's state, and who is told when it changes. A change is a pure function of the state. */
export class DeskStore {
  #state: DeskState
  readonly #told: ((state: DeskState) => void)[] = []

  constructor(state: DeskState) {
    this.#state = state
  }

  get state(): DeskState {
    return this.#state
  }

  set(change: (state: DeskState) => Partial<DeskState>): void {
    this.#state = { ...this.#state, ...change(this.#state) }
    for (const tell of this.#told) tell(this.#state)
  }

  onChange(tell: (state: DeskState) => void): void {
    this.#told.push(tell)
  }
}
