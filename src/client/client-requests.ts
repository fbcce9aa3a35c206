import { eventsPath, socketPath } from '../protocol/live-streams.ts'
import type { ClientMessage } from '../protocol/message-schemas.ts'
import type { Interest, ListenOptions } from './listen-options.ts'
import type { Asked } from './network/freezes.ts'

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
  { budget, heartbeat }: Asked = {},
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
    budget,
    heartbeat,
  }
  for (const [name, value] of Object.entries(asked)) if (value) url.searchParams.set(name, String(value))
  return url.href
}

/** The text of a message that changes the interest of a socket. The server keeps fields that are left out, so none is. */
export function interestText({ languages = '*', topics = [], level = 'routine' }: Interest): string {
  const message: ClientMessage = { type: 'interest', languages: languages.length ? languages : '*', topics, level }
  return JSON.stringify(message)
}

/** Where the service has all alerts as they stand for an interest. */
export function snapshotAddress(base: URL, { languages = '*', topics = [], level = 'routine' }: Interest): string {
  const url = new URL('v1/alerts', base)
  const tags = languages === '*' || languages.length === 0 ? '*' : languages.join(',')
  const asked = { languages: tags, ...(topics.length > 0 ? { topics: topics.join(',') } : {}), level }
  url.search = String(new URLSearchParams(asked))
  return url.href
}

/** The address that a service tells of itself (`/v1/…`), where it lies below a base; else null: it leads elsewhere, or is none. */
export function addressBelow(base: URL, told: string): string | null {
  try {
    const { href } = new URL(told.replace(/^\//, ''), base)
    return href.startsWith(new URL('.', base).href) ? href : null
  } catch {
    return null
  }
}
