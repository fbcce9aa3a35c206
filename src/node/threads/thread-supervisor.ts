import { Worker } from 'node:worker_threads'

/** Longer than any work of a thread may take, in milliseconds. A thread that has not ended by then is terminated. */
export const stopMsMax = 15_000
/** A thread that ends sooner than this is replaced after a delay, which doubles up to `replaceMsMax`. */
const healthyRunMs = 10_000
const replaceFirstMs = 100
const replaceMsMax = 30_000

/** One run of a supervised thread. */
type SupervisedThread<Data, FromThread> = {
  readonly workerData: Data
  onMessage(message: FromThread): void
  /** Called when the thread has ended, before it is replaced. */
  onExit(): void
}

type Deps<Data, FromThread> = {
  readonly file: URL
  /** Such as "a push thread". */
  readonly name: string
  /** Called for each thread: for the first one, and for each replacement. */
  readonly startRun: () => SupervisedThread<Data, FromThread>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** Keeps one worker thread running: one that dies is replaced. `stop` ends the thread, and there is no replacement. */
export class ThreadSupervisor<Data, ToThread, FromThread> {
  readonly #deps: Deps<Data, FromThread>
  #worker: Worker | null = null
  #replacing: ReturnType<typeof setTimeout> | undefined
  #waitMs = replaceFirstMs
  readonly #reported = new Set<string>()
  #state: 'running' | 'stopping' = 'running'
  #gone: () => void = () => undefined

  constructor(deps: Deps<Data, FromThread>) {
    this.#deps = deps
    this.#start()
  }

  /** Sends a message. Gives false when there is no thread; a thread may still die before it receives the message. */
  postMessage(message: ToThread): boolean {
    this.#worker?.postMessage(message)
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
    const timer = setTimeout(() => void worker.terminate(), stopMsMax)
    await gone
    clearTimeout(timer)
  }

  /** Reports each distinct error once, however many threads end by it in a row. */
  #report(error: unknown): void {
    const { name, report } = this.#deps
    const message = String(error)
    if (this.#reported.has(message)) return
    this.#reported.add(message)
    report(error, `running ${name}`)
  }

  #start(): void {
    try {
      this.#begin()
    } catch (error) {
      // No thread can be started at this moment.
      this.#report(error)
      this.#replaceLater()
    }
  }

  #replaceLater(): void {
    this.#replacing = setTimeout(() => this.#start(), this.#waitMs)
    this.#waitMs = Math.min(replaceMsMax, this.#waitMs * 2)
  }

  #begin(): void {
    const { file, name, now } = this.#deps
    const run = this.#deps.startRun()
    const startedMs = now()
    const worker = new Worker(file, { workerData: run.workerData })
    this.#worker = worker
    worker.on('message', (message: FromThread) => run.onMessage(message))
    worker.on('error', (error) => this.#report(error))
    worker.on('exit', (code) => {
      this.#worker = null
      run.onExit()
      if (this.#state === 'stopping') return this.#gone()
      if (now() - startedMs >= healthyRunMs) {
        this.#waitMs = replaceFirstMs
        this.#reported.clear()
      }
      this.#report(new Error(`${name} ended (${code}); another takes its place.`))
      this.#replaceLater()
    })
  }
}
