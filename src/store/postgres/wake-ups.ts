import type { PostgresStatements } from './postgres-database.ts'

/** The channel of wake-ups (NOTIFY). What is sent is a name, and no data. */
export const wakeUpChannel = 'tocsin'

/**
 * What a wake-up says to read again: `log`: its entries or its epoch; `pause`: the kill switch; `editors`: whether a key or
 * a session has ended; `processes`: what each process is to report to the others. A commit with a wake-up waits for every
 * other such commit of the server, so that nothing that happens for each reader or push may send one.
 */
export const wakeUpNames = ['log', 'pause', 'editors', 'processes'] as const
export type WakeUpName = (typeof wakeUpNames)[number]

/** The SQL expression that sends a wake-up with the commit of its transaction. */
export function wakeUp(name: WakeUpName): string {
  return `pg_notify('${wakeUpChannel}', '${name}')`
}

/** Sends a wake-up with the transaction's commit. */
export function sendWakeUp(statements: Pick<PostgresStatements, 'send'>, name: WakeUpName): void {
  statements.send(`select ${wakeUp(name)}`)
}
