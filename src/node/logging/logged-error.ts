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
