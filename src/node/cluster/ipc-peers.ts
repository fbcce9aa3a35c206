import { ChildPlaces } from './ipc-admission.ts'
import type { ToChild, ToPrimary } from './ipc-messages.ts'
import { type Answer, answerMsMax, type Kin, type Question } from './peers.ts'
import { aloneFamily, type Family } from './process-states.ts'

const asksMax = 1_000
/** The primary keeps the time; this is for when it is gone, or stopped. */
const patienceMs = 1_000

type Parts = { readonly owner: boolean; readonly reusePort: boolean; readonly say: (message: ToPrimary) => void }

/** A child's kin, by way of the primary: what it says goes to `say`, what it hears is given to `hear`. */
export class ChildKin implements Kin {
  readonly owner: boolean
  readonly reusePort: boolean
  readonly places: ChildPlaces
  readonly #say: (message: ToPrimary) => void
  readonly #rings = new Set<() => void>()
  readonly #asking = new Map<number, (answers: readonly unknown[]) => void>()
  #answer: (question: Question) => Promise<unknown> = async () => null
  #asked = 0
  #family = aloneFamily

  constructor({ owner, reusePort, say }: Parts) {
    this.owner = owner
    this.reusePort = reusePort
    this.#say = say
    this.places = new ChildPlaces(say)
  }

  family(): Family {
    return this.#family
  }

  ring(): void {
    this.#say({ type: 'appended' })
  }

  onRing(ring: () => void): () => void {
    this.#rings.add(ring)
    return () => void this.#rings.delete(ring)
  }

  onAsk(answer: (question: Question) => Promise<unknown>): void {
    this.#answer = answer
  }

  ask<About extends Question['about']>(
    question: Question & { readonly about: About },
  ): Promise<readonly Answer[About][]> {
    if (this.#asking.size >= asksMax) return Promise.resolve([])
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      const settle = (answers: readonly unknown[]) => {
        clearTimeout(timer)
        this.#asking.delete(id)
        // Both ends are this program: a question about one thing is answered with that.
        resolve(answers as readonly Answer[About][])
      }
      const timer = setTimeout(() => settle([]), answerMsMax[question.about] + patienceMs)
      this.#asking.set(id, settle)
      this.#say({ type: 'ask', id, question })
    })
  }

  hear(message: ToChild): void {
    switch (message.type) {
      case 'ring':
        for (const ring of this.#rings) ring()
        break
      case 'ask':
        void this.#tell(message.id, message.question)
        break
      case 'answers':
        this.#asking.get(message.id)?.(message.answers)
        break
      case 'family':
        this.#family = message.family
        break
      case 'place':
        this.places.hear(message.id, message.answer)
        break
      case 'pulse':
        this.#say({ type: 'alive' })
    }
  }

  async #tell(id: number, question: Question): Promise<void> {
    // Without an answer the asker's time runs out; whoever answers has reported why.
    const answer = await this.#answer(question).catch(() => undefined)
    this.#say({ type: 'answer', id, answer })
  }
}
