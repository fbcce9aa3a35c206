/** The environment has mistakes; all of them, a line each. */
export class ConfigMistakes extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'ConfigMistakes'
    this.mistakes = mistakes
  }
}

/** An error at start that the operator can correct: one line, no stack trace, exit code 1. */
export class StartError extends Error {
  constructor(line: string) {
    super(line)
    this.name = 'StartTrouble'
  }
}

/** A child process could not start. It has said why; the service ends with its code. */
export class ChildFailed extends Error {
  readonly code: number

  constructor(code: number) {
    super(`a child process ended with code ${code} before it was ready`)
    this.name = 'ChildFailed'
    this.code = code
  }
}

/** How a program ends that could not start: its exit code, and what to tell. Throws again what nobody can mend. */
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

/** Whether an error of the system says that there is no room. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
}
