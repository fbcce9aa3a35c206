import { pino } from 'pino'
import type { Config } from './config.ts'

/** How the service speaks to its operator. */
export type Voice = {
  readonly report: (trouble: unknown, doing: string) => void
  readonly warn: (line: string) => void
  /** What somebody must see to now. */
  readonly alert: (line: string) => void
  /** What an operator asks for by LOG_LEVEL=debug. */
  readonly debug: (line: string) => void
  /** Something that must never happen has: the service should end. */
  readonly panic: (trouble: unknown) => void
}

const panicCode = 70

/** One log line is one JSON object on standard error: what a person reads stays alone on standard output. */
export function openVoice({ logLevel }: Pick<Config, 'logLevel'>): Voice {
  const log = pino({ level: logLevel, base: null }, pino.destination({ dest: 2, sync: true }))
  return {
    report: (trouble, doing) => log.error({ err: trouble, doing }, `Trouble while ${doing}`),
    warn: (line) => log.warn(line),
    alert: (line) => log.error(line),
    debug: (line) => log.debug(line),
    panic(trouble) {
      log.fatal({ err: trouble }, 'A promise inside is broken; stopping at once. Everything accepted is on the disk.')
      process.exit(panicCode)
    },
  }
}
