/** The terminal that a command runs in. */
export type Shell = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** One line to the standard output. */
  readonly print: (line: string) => void
  /** One line to the standard error. */
  readonly warn: (line: string) => void
  /** Reads the whole standard input: bytes, because it may not be UTF-8. */
  readonly readInput: () => Promise<Uint8Array>
  /** The standard input as it comes, for what may be larger than memory. */
  readonly input: AsyncIterable<Uint8Array>
  /** Asks the person at the terminal and resolves with what they typed; null where there is no terminal. */
  readonly ask: ((question: string) => Promise<string>) | null
  /** Waits until the output so far has been written: for commands that print more than fits into memory. */
  readonly said: () => Promise<void>
  /** Whether to print colours and marks: the output is a terminal, and NO_COLOR and --no-color are not given. */
  readonly styled: boolean
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal
}

/** What a command ends with: 0 done, 1 refused or failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

/** The command line is not one that the command knows: exit code 2. */
export class UsageError extends Error {}

/** The command failed, and its message says why: exit code 1. */
export class CommandError extends Error {}

/** The command was stopped by a signal; its message says what is unknown because of that. */
export class Stopped extends CommandError {
  constructor(left: string) {
    super(`Stopped. ${left}`)
  }
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const

/** Colours a text when the output is styled. */
export function paint(shell: Pick<Shell, 'styled'>, colour: keyof typeof codes, text: string): string {
  return shell.styled ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text
}

/** A value from outside as JSON on one line, safe for a terminal: control characters, also those of C1, are escaped. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Control characters, line separators, and what changes the direction of a text. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** An id, a time or another code from outside, safe for a terminal: as it is where it looks like one, so that it can be copied. */
export function codeText(shell: Pick<Shell, 'styled'>, code: string): string {
  return /^[\w.:-]*$/.test(code) ? code : untrustedText(shell, code)
}

/** A text from outside, safe for a terminal: without control characters, and isolated in its direction (UAX #9). */
export function untrustedText(shell: Pick<Shell, 'styled'>, text: string): string {
  const plain = text.replace(unsafe, ' ')
  return shell.styled ? `\u2068${plain}\u2069` : plain
}
