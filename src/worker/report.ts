/** Writes an error that no reader should see to the Worker's log. */
export function report(error: unknown, doing: string): void {
  console.error(`${doing}:`, error instanceof Error ? (error.stack ?? error.message) : error)
}

/** Writes a notice for the operator to the Worker's log. */
export function logNotice(line: string): void {
  console.log(line)
}
