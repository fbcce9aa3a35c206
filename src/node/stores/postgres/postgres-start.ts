import { setTimeout as sleep } from 'node:timers/promises'
import { diagnose } from '../../../store/postgres/connection/diagnosis.ts'
import { causesOf, isStarting, postgresStartError } from '../../../store/postgres/connection/postgres-start-error.ts'
import { PostgresDatabase } from '../../../store/postgres/postgres-database.ts'
import { NoAnswerInTime } from '../../../store/postgres/postgres-fault.ts'
import { UnusableDatabase } from '../../../store/postgres/postgres-migrations.ts'
import { NewerSchema } from '../../../store/sql.ts'
import { StartError } from '../../start-errors.ts'

/** How long a server that starts, stops or recovers is waited for. */
const startingMsMax = 60_000
const againMs = 500

/**
 * The error as one line for the operator; null where it is not about the database. `name`: the database in sentences.
 * `setting`: the one that holds `url`.
 */
export function startErrorOfPostgres(error: unknown, name: string, url: string, setting?: string): StartError | null {
  if (error instanceof StartError) return error
  if (error instanceof UnusableDatabase || error instanceof NewerSchema)
    return new StartError(`${name}: ${error.message}`)
  const said = postgresStartError(error, url, setting)
  return said === null ? null : new StartError(said.message)
}

/**
 * As `startErrorOfPostgres`. Where no answer came in time the server is asked why on another connection, which the sessions
 * that wait must still be open for.
 */
export async function diagnosedStartError(
  error: unknown,
  name: string,
  url: string,
  setting?: string,
): Promise<StartError | null> {
  const isLate = causesOf(error).some((it) => it instanceof NoAnswerInTime)
  if (error instanceof StartError || !isLate) return startErrorOfPostgres(error, name, url, setting)
  const asking = new PostgresDatabase({ url, applicationName: 'tocsin diagnosis', connectionsMax: 1 })
  try {
    if ((await diagnose(asking)) !== 'unconfirmed') return startErrorOfPostgres(error, name, url, setting)
  } finally {
    await asking.close()
  }
  return new StartError(
    `${name} waits at every commit for a synchronous standby that does not answer. Bring that back, or take it out of synchronous_standby_names (alter system set synchronous_standby_names = ''; select pg_reload_conf()), then start the service again.`,
  )
}

/**
 * Runs `act`, and again while the server says that it is starting, stopping or in recovery, as after a restart of the whole
 * machine: those end by themselves. Any other error needs a person, or the supervisor that starts this service again.
 */
export async function onceStarted<Result>(act: () => Promise<Result>, note: () => void): Promise<Result> {
  const until = performance.now() + startingMsMax
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act()
    } catch (error) {
      if (!isStarting(error) || performance.now() >= until) throw error
      if (attempt === 1) note()
      await sleep(againMs)
    }
  }
}
