import cluster, { type Worker } from 'node:cluster'
import type { ToChild, ToPrimary } from './ipc-messages.ts'
import { answerMsMax, type PeerQuestion } from './peers.ts'
import type { ProcessState } from './process-states.ts'

/** The message of a child that is ready. */
export type ChildReady = Extract<ToPrimary, { type: 'ready' }>

/** After so many liveness checks without an answer, a child counts as silent and is sent no more questions. */
const missedPulsesMin = 3

/** A child process, seen from the primary. */
export class Child {
  readonly #worker: Worker
  readonly #answering = new Map<number, (answer: unknown) => void>()
  #asked = 0
  #wakePending = false
  #pulsePending = false
  ready = false
  /** The number of liveness checks since its last answer to one. */
  missedPulses = 0
  /** Whether it was killed because it had been silent for too long. */
  hung = false
  readonly startedAt = performance.now()
  /** Resolves when the child is ready; never, when it ends before. */
  readonly begun: Promise<ChildReady>
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>

  /** Starts a process with these variables in its environment. */
  constructor(env: Readonly<Record<string, string>>, onMessage: (message: ToPrimary, child: Child) => void) {
    this.#worker = cluster.fork(env)
    // A message could not be sent because the child is ending. Its exit event is handled below.
    this.#worker.on('error', () => {})
    this.begun = new Promise((resolve) => {
      this.#worker.on('message', (message: ToPrimary) => {
        if (message.type === 'answer') this.#answering.get(message.id)?.(message.answer)
        if (message.type === 'alive') this.#pulsePending = false
        // Only an answer to the check counts: earlier messages of a child that hangs may still arrive.
        if (message.type === 'alive' || message.type === 'ready') this.missedPulses = 0
        if (message.type === 'ready') {
          this.ready = true
          resolve(message)
        }
        onMessage(message, this)
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

  get state(): Exclude<ProcessState['state'], 'ended'> {
    if (!this.ready) return 'starting'
    return this.missedPulses < missedPulsesMin ? 'ready' : 'silent'
  }

  /** A liveness check: asks the child for an answer, unless the last one is still outstanding. */
  pulse(): void {
    if (this.#pulsePending || !this.ready) this.missedPulses += 1
    else {
      this.#pulsePending = true
      this.send({ type: 'pulse' })
    }
  }

  send(message: ToChild, sent: () => void = () => {}): void {
    if (this.#worker.isConnected()) this.#worker.send(message, sent)
    else sent()
  }

  /** Wakes the child. At most one wake-up is in flight, so that a child that does not read cannot fill memory. */
  wake(): void {
    if (this.#wakePending) return
    this.#wakePending = true
    this.send({ type: 'wake' }, () => {
      this.#wakePending = false
    })
  }

  /** Asks the child; undefined when there is no answer in time. */
  ask(question: PeerQuestion): Promise<unknown> {
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
      this.send({ type: 'ask', id, question })
    })
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }
}
