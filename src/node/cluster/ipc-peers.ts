import { IpcAdmission } from './ipc-admission.ts'
import type { ToChild, ToPrimary } from './ipc-messages.ts'
import { type Answer, answerMsMax, type PeerQuestion, type Peers } from './peers.ts'
import { type ProcessStates, soleProcessStates } from './process-states.ts'

const questionsMax = 1_000
/** The primary has its own time-out. This one, so many milliseconds later, is for a primary that is gone or stopped. */
const extraWaitMs = 1_000

type Deps = { readonly owner: boolean; readonly reusePort: boolean; readonly send: (message: ToPrimary) => void }

/** A child's peers, by way of the primary: `send` sends a message, and `receive` is called with each received one. */
export class IpcPeers implements Peers {
  readonly owner: boolean
  readonly reusePort: boolean
  readonly addressCounter: IpcAdmission
  readonly #send: (message: ToPrimary) => void
  readonly #wakes = new Set<() => void>()
  readonly #asking = new Map<number, (answers: readonly unknown[]) => void>()
  #answer: (question: PeerQuestion) => Promise<unknown> = async () => null
  #asked = 0
  #processStates = soleProcessStates

  constructor({ owner, reusePort, send }: Deps) {
    this.owner = owner
    this.reusePort = reusePort
    this.#send = send
    this.addressCounter = new IpcAdmission(send)
  }

  processStates(): ProcessStates {
    return this.#processStates
  }

  wake(): void {
    this.#send({ type: 'appended' })
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => void this.#wakes.delete(wake)
  }

  onAsk(answer: (question: PeerQuestion) => Promise<unknown>): void {
    this.#answer = answer
  }

  ask<About extends PeerQuestion['about']>(
    question: PeerQuestion & { readonly about: About },
  ): Promise<readonly Answer[About][]> {
    if (this.#asking.size >= questionsMax) return Promise.resolve([])
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      const settle = (answers: readonly unknown[]) => {
        clearTimeout(timer)
        this.#asking.delete(id)
        // Both ends are the same program, so the answers have the type of the question.
        resolve(answers as readonly Answer[About][])
      }
      const timer = setTimeout(() => settle([]), answerMsMax[question.about] + extraWaitMs)
      this.#asking.set(id, settle)
      this.#send({ type: 'ask', id, question })
    })
  }

  receive(message: ToChild): void {
    switch (message.type) {
      case 'wake':
        for (const wake of this.#wakes) wake()
        break
      case 'ask':
        void this.#reply(message.id, message.question)
        break
      case 'answers':
        this.#asking.get(message.id)?.(message.answers)
        break
      case 'process-states':
        this.#processStates = message.processStates
        break
      case 'slot':
        this.addressCounter.receive(message.id, message.answer)
        break
      case 'pulse':
        this.#send({ type: 'alive' })
    }
  }

  async #reply(id: number, question: PeerQuestion): Promise<void> {
    // Without an answer, the process that asked runs into its time-out. The error was reported where it happened.
    const answer = await this.#answer(question).catch(() => undefined)
    this.#send({ type: 'answer', id, answer })
  }
}
