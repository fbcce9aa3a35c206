/** Tells the operator, in the Worker's log, of trouble that no reader should see. */
export function report(trouble: unknown, doing: string): void {
  console.error(`${doing}:`, trouble instanceof Error ? (trouble.stack ?? trouble.message) : trouble)
}

/** Tells the operator something that is no trouble. */
export function announce(line: string): void {
  console.log(line)
}
