import { pino } from 'pino'
import type { Config } from './config.ts'

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

/**
 * What is logged of an error besides its class, message and stack. Other properties are left out, because libraries put
 * in them what they were working on: PostgreSQL the values of the row that it refused (`detail`, `where`), Node's HTTP
 * parser the bytes of the request (`rawPacket`), its URL parser the address (`input`). Those are a reader's.
 */
const loggedFields = [
  ...(['code', 'errcode', 'errno', 'syscall', 'kind', 'act', 'host', 'status'] as const),
  // Of PostgreSQL: names out of the schema and of the source, no values.
  ...(['severity', 'schema', 'table', 'column', 'constraint', 'dataType', 'routine'] as const),
] as const

const causesMax = 5

/** An error as an object for the log, with its causes; anything else that was thrown as a text. */
export function loggedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? 'an object that is no Error' : String(error)
  const fields = Object.fromEntries(
    loggedFields.flatMap((name) => {
      const value: unknown = Reflect.get(error, name)
      return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : []
    }),
  )
  const deeper = (it: unknown) => loggedError(it, depth + 1)
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...fields,
    ...(error.cause === undefined || depth >= causesMax ? {} : { cause: deeper(error.cause) }),
    ...(error instanceof AggregateError && depth < causesMax ? { errors: error.errors.map(deeper) } : {}),
  }
}
