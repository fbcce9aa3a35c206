import { callBack } from './callback.ts'
import type { ListenOptions, State } from './listen-options.ts'
import type { World } from './platform.ts'

/** So long a connection may take that follows another at once until the app is told that it is not live. */
const unnoticedMs = 5_000

/** The state of a listener, and what its app was told of it. */
export class ToldState {
  readonly #onState: ListenOptions['onState']
  readonly #world: Pick<World, 'later'>
  #current: State | undefined
  #told: State | undefined
  #isHeld = false
  #cancelTimer: () => void = () => {}

  constructor(onState: ListenOptions['onState'], world: Pick<World, 'later'>) {
    this.#onState = onState
    this.#world = world
  }

  get state(): State | undefined {
    return this.#current
  }

  set(state: State, detail?: unknown): void {
    if (this.#current === state || this.#current === 'stopped') return
    this.#current = state
    if (this.#isHeld && (state === 'connecting' || state === 'replaying')) return
    this.#isHeld = false
    this.#cancelTimer()
    this.#tell(detail)
  }

  /** Another connection follows at once: the app is told of it only where it is not live again soon. */
  hold(): void {
    if (this.#isHeld || (this.#told !== 'live' && this.#told !== 'replaying')) return
    this.#isHeld = true
    this.#cancelTimer = this.#world.later(unnoticedMs, () => {
      this.#isHeld = false
      this.#tell()
    })
  }

  #tell(detail?: unknown): void {
    if (this.#current === undefined || this.#told === this.#current) return
    this.#told = this.#current
    callBack(this.#onState, this.#current, detail)
  }
}
