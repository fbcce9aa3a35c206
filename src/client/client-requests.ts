import { eventsPath, socketPath } from '../protocol/live-streams.ts'
import type { ClientMessage } from '../protocol/message-schemas.ts'
import type { Interest, ListenOptions } from './listen-options.ts'

/** The service's address as a folder, so that relative addresses keep a path prefix of a proxy. */
export function baseOf(url: string | URL): URL {
  const base = new URL(url)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

/** The address of a stream below a base. A preference that is absent or empty is left out. */
export function streamAddress(
  base: URL,
  transport: 'socket' | 'events',
  preferences: Interest & Pick<ListenOptions, 'audience' | 'after'>,
): string {
  const url = new URL((transport === 'socket' ? socketPath : eventsPath).slice(1), base)
  if (transport === 'socket') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const { languages, topics, level, audience, after } = preferences
  const asked = {
    languages: languages === '*' ? '*' : languages?.join(','),
    topics: topics?.join(','),
    level,
    audience,
    after,
  }
  for (const [name, value] of Object.entries(asked)) if (value) url.searchParams.set(name, value)
  return url.href
}

/** The text of a message that changes the interest of a socket. The server keeps fields that are left out, so none is. */
export function interestText({ languages = '*', topics = [], level = 'routine' }: Interest): string {
  const message: ClientMessage = { type: 'interest', languages: languages.length ? languages : '*', topics, level }
  return JSON.stringify(message)
}
