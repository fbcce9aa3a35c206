/** The environment has mistakes; `mistakes` has all of them, one sentence each. */
export class ConfigMistakes extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'ConfigMistakes'
    this.mistakes = mistakes
  }
}

/** An error at start that the operator can correct: printed as one line without a stack, exit code 1. */
export class StartError extends Error {
  constructor(line: string) {
    super(line)
    this.name = 'StartError'
  }
}

/** A child process could not start. It has printed the reason; the service ends with its exit code. */
export class ChildFailed extends Error {
  readonly code: number

  constructor(code: number) {
    super(`a child process ended with code ${code} before it was ready`)
    this.name = 'ChildFailed'
    this.code = code
  }
}

/**
 * Gives the exit code and the lines to print for an error at start. Throws any other error again: it is a fault of the
 * program.
 */
export function explain(error: unknown): { readonly code: number; readonly lines: readonly string[] } {
  if (error instanceof ConfigMistakes)
    return { code: 2, lines: ['The settings cannot be taken:', ...error.mistakes.map((it) => `  ${it}`)] }
  if (error instanceof StartError) return { code: 1, lines: [error.message] }
  if (error instanceof ChildFailed) return { code: error.code, lines: [] }
  throw error
}

/** The code of a system error, such as EACCES or EADDRINUSE; empty for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether a system error says that the disk or the quota is full. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
}
