import type { IncomingMessage } from 'node:http'
import type { BodyReader } from '../../http/body.ts'

/**
 * Reads a request's body straight from Node's stream. Reading it through a `Request` and Node's stream adapter takes
 * several times as long as everything else that is done with an alert. Stopping early leaves the connection open,
 * because a response is still to be written.
 */
export function bodyReaderOf(incoming: IncomingMessage): BodyReader {
  const chunks = incoming.iterator({ destroyOnReturn: false })
  return {
    async read() {
      const { done, value } = await chunks.next()
      return done === true ? { done, value: undefined } : { done: false, value: value as Uint8Array }
    },
    async cancel() {
      await chunks.return?.()
    },
  }
}
