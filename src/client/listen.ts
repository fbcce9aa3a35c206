import type { Rendered } from '../domain/alert-types.ts'
import { beginListening } from './begin-listening.ts'
import type { Listening, ListenOptions } from './listen-options.ts'

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
export type { Entry, FreezeStorage, Interest, Listening, ListenOptions, Reset, State, Via } from './listen-options.ts'
export type { World } from './platform.ts'

/**
 * Listens to a service's alerts, in browsers, Node and Workers: connects, reconnects with the cursor, drops
 * repeats, and falls back to the event stream (Node 20 has nothing else). Entries have strictly rising seqs until an
 * `onReset`. An error thrown by a callback is raised as an uncaught one and stops nothing here.
 * Throws a TypeError for options that can never work.
 */
export const listen: <Seen = Rendered>(options: ListenOptions<Seen>) => Listening = beginListening
