import cluster, { type Worker } from 'node:cluster'
import { answerMsMax, type Question } from './kin.ts'
import type { ToChild, ToPrimary } from './kin-words.ts'

/** What a child says when it is ready. */
export type Beginning = Extract<ToPrimary, { type: 'ready' }>

/** A child process, as the primary holds it. */
export class Child {
  readonly #worker: Worker
  readonly #answering = new Map<number, (answer: unknown) => void>()
  #asked = 0
  #ringing = false
  ready = false
  readonly bornAt = Date.now()
  /** Resolves when it serves; never, when it ends before. */
  readonly begun: Promise<Beginning>
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>

  /** Starts a process with these variables in its environment. */
  constructor(env: Readonly<Record<string, string>>, hear: (message: ToPrimary, child: Child) => void) {
    this.#worker = cluster.fork(env)
    // A message that could not be sent: the child is going, and its end tells everything.
    this.#worker.on('error', () => {})
    this.begun = new Promise((resolve) => {
      this.#worker.on('message', (message: ToPrimary) => {
        if (message.type === 'answer') this.#answering.get(message.id)?.(message.answer)
        if (message.type === 'ready') {
          this.ready = true
          resolve(message)
        }
        hear(message, this)
      })
    })
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code, signal) => {
        this.ready = false
        for (const settle of this.#answering.values()) settle(undefined)
        resolve(signal ? null : code)
      })
    })
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  tell(message: ToChild, sent: () => void = () => {}): void {
    if (this.#worker.isConnected()) this.#worker.send(message, sent)
    else sent()
  }

  /** Rings; while one ring is still on its way, no further one: a child that does not read fills no memory. */
  ring(): void {
    if (this.#ringing) return
    this.#ringing = true
    this.tell({ type: 'ring' }, () => {
      this.#ringing = false
    })
  }

  /** What this child answers; undefined when it does not in time. */
  ask(question: Question): Promise<unknown> {
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      const settle = (answer: unknown) => {
        clearTimeout(timer)
        this.#answering.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(() => settle(undefined), answerMsMax[question.about])
      this.#answering.set(id, settle)
      this.tell({ type: 'ask', id, question })
    })
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }
}
