import type { IncomingMessage } from 'node:http'
import type { BodyReader } from '../../http/body.ts'

/**
 * Reads a request's body straight from Node's stream. By way of a `Request`, its stream and Node's adapter between the two,
 * the body of an alert takes several times the time of all else that is done with it. Ending early leaves the connection
 * as it is: an answer is still to be written.
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
