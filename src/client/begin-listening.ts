import type { Rendered } from '../domain/alert-types.ts'
import type { Listening, ListenOptions } from './listen-options.ts'
import { Listener } from './listener.ts'
import type { Position } from './position.ts'

/** Begins to listen from a position, which whoever gives it may move on. Throws a TypeError for options that can never work. */
export function beginListening<Seen = Rendered>(options: ListenOptions<Seen>, position?: Position): Listening {
  const { protocol } = new URL(options.url)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`The address of the service begins with http: or https:, not ${protocol}`)
  if (options.key !== undefined && options.transport === 'socket')
    throw new TypeError('A WebSocket cannot carry a key: leave the transport out, or choose "events".')
  const listener = new Listener(options, position)
  listener.start()
  return listener
}
