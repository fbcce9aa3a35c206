/** Tells the operator, in the Worker's log, of trouble that no reader should see. */
export function report(error: unknown, doing: string): void {
  console.error(`${doing}:`, error instanceof Error ? (error.stack ?? error.message) : error)
}

/** Tells the operator something that is no trouble. */
export function announce(line: string): void {
  console.log(line)
}
