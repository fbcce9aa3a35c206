import { pino } from 'pino'
import type { Config } from '../config.ts'
import { loggedError } from './logged-error.ts'

/** The service's log, for its operator. */
export type Logger = {
  readonly report: (error: unknown, doing: string) => void
  readonly warn: (line: string) => void
  /** Something that needs a person's attention now. */
  readonly alert: (line: string) => void
  /** Details, logged with LOG_LEVEL=debug only. */
  readonly debug: (line: string) => void
  /** An invariant is broken: logs the error and ends the process. */
  readonly panic: (error: unknown) => void
}

const panicCode = 70

/** Logs one JSON object a line to standard error. Standard output is left to text for people. */
export function openLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  // Of an error is logged what `loggedError` gives, and nothing that pino would add.
  const serializers = { err: (error: unknown) => error }
  const log = pino({ level: logLevel, base: null, serializers }, pino.destination({ dest: 2, sync: true }))
  return {
    report: (error, doing) => log.error({ err: loggedError(error), doing }, `Error while ${doing}`),
    warn: (line) => log.warn(line),
    alert: (line) => log.error(line),
    debug: (line) => log.debug(line),
    panic(error) {
      log.fatal(
        { err: loggedError(error) },
        'A promise inside is broken; stopping at once. Everything accepted is on the disk.',
      )
      process.exit(panicCode)
    },
  }
}
