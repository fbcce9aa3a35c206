import type { Rendered } from '../domain/alert-types.ts'
import type { Listening, ListenOptions } from './listen-options.ts'
import { Listener } from './listener.ts'

export type {
  Alert,
  Image,
  Kind,
  LanguageStatus as Standing,
  Level,
  Rendered,
  Status,
  Text,
} from '../domain/alert-types.ts'
export type { Entry, Interest, Listening, ListenOptions, Reset, State } from './listen-options.ts'
export type { World } from './platform.ts'

/**
 * Listens to a service's alerts, in browsers, Node and Workers: connects, reconnects with the cursor, drops
 * repeats, and falls back to the event stream (Node 20 has nothing else). Entries have strictly rising seqs until an
 * `onReset`. An error thrown by a callback is raised as an uncaught one and stops nothing here.
 * Throws a TypeError for options that can never work.
 */
export function listen<Seen = Rendered>(options: ListenOptions<Seen>): Listening {
  const { protocol } = new URL(options.url)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`The address of the service begins with http: or https:, not ${protocol}`)
  if (options.key !== undefined && options.transport === 'socket')
    throw new TypeError('A WebSocket cannot carry a key: leave the transport out, or choose "events".')
  const listener = new Listener(options)
  listener.start()
  return listener
}
