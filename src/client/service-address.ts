import type { Interest, ListenOptions } from './listen-options.ts'

/** The service's address as a folder, so that relative ones keep a path that a proxy put before it. */
export function baseOf(url: string | URL): URL {
  const base = new URL(url)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

/** The address of a stream under a base; a wish that is absent or empty is left out. */
export function streamAddress(
  base: URL,
  wire: 'socket' | 'events',
  preferences: Interest & Pick<ListenOptions, 'audience' | 'after'>,
): string {
  const url = new URL(wire === 'socket' ? 'v1/socket' : 'v1/events', base)
  if (wire === 'socket') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
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
