/**
 * The parts of the service that have more than one implementation: the fast ones are ours, and the last is the plain
 * one, by a package or by Node. The settings `PUSH_SENDER`, `SOCKET_WRITER`, `STREAM_WRITER`, `FAST_SUBSCRIBE` and
 * `PLAIN` choose.
 */
export const implementations = {
  'push-sender': ['own', 'web-push'],
  'socket-writer': ['io_uring', 'raw', 'ws'],
  'stream-writer': ['raw', 'node'],
  'subscribe-route': ['fast', 'hono'],
} as const

type Part = keyof typeof implementations

/** Which implementation of each part a process uses; null: the process has no such part. */
export type InUse = { readonly [It in Part]: (typeof implementations)[It][number] | null }

/** Each part with each of its implementations, and 1 where it is in use, else 0. */
export function usesOf(inUse: InUse): readonly (readonly [part: Part, way: string, uses: 0 | 1])[] {
  return Object.entries(implementations).flatMap(([name, ways]) => {
    const part = name as Part
    return ways.map((way) => [part, way, inUse[part] === way ? 1 : 0] as const)
  })
}
