import type { NodeState } from './front/node-pool.ts'

/** Nodes that change together are told in one line. */
const togetherMs = 1_500

/**
 * Tells what the front sees of the nodes, in few lines: changes within a moment together, and nothing of a node that has
 * ended, because that is told already.
 */
export class NodeReports {
  readonly #told = new Map<number, string>()
  readonly #now = new Map<number, NodeState>()
  readonly #hasEnded: (number: number) => boolean
  readonly #tell: (line: string) => void
  #timer: NodeJS.Timeout | null = null

  constructor(hasEnded: (number: number) => boolean, tell: (line: string) => void) {
    this.#hasEnded = hasEnded
    this.#tell = tell
  }

  changed(state: NodeState): void {
    this.#now.set(state.number, state)
    this.#timer ??= setTimeout(() => this.#flush(), togetherMs)
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #flush(): void {
    this.#timer = null
    const lines = new Map<string, number[]>()
    for (const state of [...this.#now.values()].sort((a, b) => a.number - b.number)) {
      const { number } = state
      // What it was before it ended counts no longer: it is told as ready by its start.
      if (this.#hasEnded(number)) this.#told.delete(number)
      const sentence = this.#hasEnded(number) ? '' : sentenceOf(state)
      const before = this.#told.get(number) ?? readySentence
      if (sentence === '' || sentence === before) continue
      this.#told.set(number, sentence)
      lines.set(sentence, [...(lines.get(sentence) ?? []), number])
    }
    for (const [sentence, numbers] of lines) this.#tell(sentence.replace(itsName, namesOf(numbers)))
  }
}

/** What is told of a node, with this in the place of its name. */
const itsName = '<node>'
const readySentence = `Ready for requests again: ${itsName}.`

function sentenceOf({ condition, why }: NodeState): string {
  if (condition === 'ready') return readySentence
  return condition === 'answering'
    ? `Not ready: ${itsName}. ${firstSentence(why)}`
    : `No requests go to ${itsName}, because ${why}.`
}

/** The rest says what to do about it, which is for operators of a real cluster. */
function firstSentence(text: string): string {
  return `${text.split(/\.\s/)[0] ?? ''}.`
}

function namesOf(numbers: readonly number[]): string {
  return `node${numbers.length > 1 ? 's' : ''} ${numbers.join(', ').replace(/, (\d+)$/, ' and $1')}`
}
