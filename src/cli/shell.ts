/** What a command sees of the terminal it runs in. */
export type Shell = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** One line to the standard output. */
  readonly say: (line: string) => void
  /** One line to the standard error. */
  readonly warn: (line: string) => void
  /** The whole standard input: bytes, since it may be no UTF-8. */
  readonly readInput: () => Promise<Uint8Array>
  /** The standard input as it comes, for what may be larger than memory. */
  readonly input: AsyncIterable<Uint8Array>
  /** Asks the person at the terminal and gives what they typed; null where nobody is there to answer. */
  readonly ask: ((question: string) => Promise<string>) | null
  /** Waits until what was said has been taken: for those who say more than memory holds. */
  readonly said: () => Promise<void>
  /** Whether a person looks on: only then colours and marks are wanted. */
  readonly styled: boolean
  /** Aborted by Ctrl-C or a polite kill. */
  readonly stop: AbortSignal
}

/** What a command ends with: 0 done, 1 refused or failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

/** The command line is not one that the command knows: exit code 2. */
export class UsageError extends Error {}

/** Something stood in the way that the sentence explains: exit code 1. */
export class CommandError extends Error {}

/** The person at the terminal stopped it in the midst: what that leaves open is told. */
export class Stopped extends CommandError {
  constructor(left: string) {
    super(`Stopped. ${left}`)
  }
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const

/** Colours a text where a person looks on. */
export function paint(shell: Pick<Shell, 'styled'>, colour: keyof typeof codes, text: string): string {
  return shell.styled ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text
}

/** A text from outside, safe for a terminal: without control characters, and with its direction kept to itself. */
export function foreign(shell: Pick<Shell, 'styled'>, text: string): string {
  const plain = text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
  return shell.styled ? `\u2068${plain}\u2069` : plain
}
