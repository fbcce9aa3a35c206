/** What came of one run. `why`: in words for the operator. */
export type Ran =
  | { readonly kind: 'done' }
  | { readonly kind: 'waits' }
  | { readonly kind: 'failed'; readonly why: string }

type Deps = {
  /** What an export depends on besides the settings: while it is the same, so would be the files. */
  readonly state: () => Promise<string>
  /** Never rejects. `waits`: it cannot be made yet, which is no failure. */
  readonly run: () => Promise<Ran>
  readonly told: (ran: Ran) => void
  /** How a rejection of `state` is told: that too is a run that failed. */
  readonly wordsOf: (error: unknown) => string
}

/** In milliseconds: how often to look whether anything has changed, and after what waits or has failed. */
const lookMs = 5_000
const againMs = { min: 1_000, max: 60_000 } as const
/** After a run, others get the disk for as long as it took, but within these bounds. */
const restMs = { min: 200, max: 5_000 } as const

/** Runs an export whenever it would have other files than before: one at a time, and again until it succeeds. */
export class ExportLoop {
  readonly #deps: Deps
  #done = ''
  #failures = 0
  #notBeforeMs = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null
  #isAsked = false
  /** Whether the last run is to be tried again. */
  #isLeft = false
  #isStopped = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Something may have changed. Called twice or for nothing it does no harm, and a call that was lost is made good soon. */
  wake(): void {
    this.#isAsked = true
    if (this.#running === null) this.#wait(0)
  }

  /** Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #wait(ms: number): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#running = this.#look().finally(() => {
          this.#running = null
          // Not before the pause after the last run.
          this.#wait(this.#isAsked || this.#isLeft ? 0 : lookMs)
        })
      },
      Math.max(ms, this.#notBeforeMs - performance.now()),
    )
  }

  async #look(): Promise<void> {
    this.#isAsked = false
    const begunMs = performance.now()
    try {
      const state = await this.#deps.state()
      if (state === this.#done && !this.#isLeft) return
      const ran = await this.#deps.run()
      // What was appended meanwhile may be in it or not: then it is made again.
      if (ran.kind === 'done') this.#done = state
      this.#end(ran, performance.now() - begunMs)
    } catch (error) {
      this.#end({ kind: 'failed', why: this.#deps.wordsOf(error) }, performance.now() - begunMs)
    }
  }

  #end(ran: Ran, tookMs: number): void {
    this.#isLeft = ran.kind !== 'done'
    this.#failures = ran.kind === 'failed' ? this.#failures + 1 : 0
    const pauseMs =
      ran.kind === 'done'
        ? Math.min(restMs.max, Math.max(restMs.min, tookMs))
        : Math.min(againMs.max, againMs.min * 2 ** Math.min(10, Math.max(0, this.#failures - 1)))
    this.#notBeforeMs = performance.now() + pauseMs
    this.#deps.told(ran)
  }
}
