import { pino } from 'pino'
import type { Config } from './config.ts'

/** How the service speaks to its operator. */
export type Logger = {
  readonly report: (error: unknown, doing: string) => void
  readonly warn: (line: string) => void
  /** What somebody must see to now. */
  readonly alert: (line: string) => void
  /** What an operator asks for by LOG_LEVEL=debug. */
  readonly debug: (line: string) => void
  /** Something that must never happen has: the service should end. */
  readonly panic: (error: unknown) => void
}

const panicCode = 70

/** One log line is one JSON object on standard error: what a person reads stays alone on standard output. */
export function openLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const log = pino({ level: logLevel, base: null }, pino.destination({ dest: 2, sync: true }))
  return {
    report: (error, doing) => log.error({ err: error, doing }, `Trouble while ${doing}`),
    warn: (line) => log.warn(line),
    alert: (line) => log.error(line),
    debug: (line) => log.debug(line),
    panic(error) {
      log.fatal({ err: error }, 'A promise inside is broken; stopping at once. Everything accepted is on the disk.')
      process.exit(panicCode)
    },
  }
}
