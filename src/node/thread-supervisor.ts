import { Worker } from 'node:worker_threads'

/** Longer than any work of a thread may take; one that is not done then is ended. */
export const stopMostMs = 15_000
/** A thread that lived shorter than this is replaced after a wait, which doubles up to the most. */
const soundLifeMs = 10_000
const replaceFirstMs = 100
const replaceMostMs = 30_000

/** One thread's life in its place. */
export type SupervisedThread<Order, FromThread> = {
  readonly order: Order
  hear(word: FromThread): void
  /** It is gone; before another takes its place. */
  ended(): void
}

type Deps<Order, FromThread> = {
  readonly file: URL
  /** Such as "a push thread". */
  readonly name: string
  /** Called for each thread, the first and those that replace it. */
  readonly life: () => SupervisedThread<Order, FromThread>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** A place for one thread after the other: one that dies is replaced. Every thread ends when it is told `stop`. */
export class ThreadSupervisor<Order, ToThread, FromThread> {
  readonly #deps: Deps<Order, FromThread>
  #worker: Worker | null = null
  #replacing: ReturnType<typeof setTimeout> | undefined
  #waitMs = replaceFirstMs
  readonly #told = new Set<string>()
  #state: 'running' | 'stopping' = 'running'
  #gone: () => void = () => undefined

  constructor(deps: Deps<Order, FromThread>) {
    this.#deps = deps
    this.#start()
  }

  /** Gives whether there is a thread to hear it; it may still die before it does. */
  tell(word: ToThread): boolean {
    this.#worker?.postMessage(word)
    return this.#worker !== null
  }

  async stop(): Promise<void> {
    this.#state = 'stopping'
    clearTimeout(this.#replacing)
    const worker = this.#worker
    if (worker === null) return
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve
    })
    worker.postMessage('stop')
    const timer = setTimeout(() => void worker.terminate(), stopMostMs)
    await gone
    clearTimeout(timer)
  }

  /** Once for each trouble, however many threads end by it one after the other. */
  #tell(error: unknown): void {
    const { name, report } = this.#deps
    const said = String(error)
    if (this.#told.has(said)) return
    this.#told.add(said)
    report(error, `running ${name}`)
  }

  #start(): void {
    try {
      this.#begin()
    } catch (error) {
      // There is no thread to have now.
      this.#tell(error)
      this.#replaceLater()
    }
  }

  #replaceLater(): void {
    this.#replacing = setTimeout(() => this.#start(), this.#waitMs)
    this.#waitMs = Math.min(replaceMostMs, this.#waitMs * 2)
  }

  #begin(): void {
    const { file, name, now } = this.#deps
    const life = this.#deps.life()
    const startedMs = now()
    const worker = new Worker(file, { workerData: life.order })
    this.#worker = worker
    worker.on('message', (word: FromThread) => life.hear(word))
    worker.on('error', (error) => this.#tell(error))
    worker.on('exit', (code) => {
      this.#worker = null
      life.ended()
      if (this.#state === 'stopping') return this.#gone()
      if (now() - startedMs >= soundLifeMs) {
        this.#waitMs = replaceFirstMs
        this.#told.clear()
      }
      this.#tell(new Error(`${name} ended (${code}); another takes its place.`))
      this.#replaceLater()
    })
  }
}
