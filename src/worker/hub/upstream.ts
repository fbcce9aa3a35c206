import type { Bounds, Entry } from '../../log/log.ts'
import { type Env, logOf } from '../env.ts'
import type { Upstream } from '../rpc.ts'

/**
 * The object that a hub reads from: a relay by its name, or the log object. Each call takes a new stub, because the stub
 * of an object that has ended stays broken (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/).
 */
export function upstreamOf(env: Env, relay: string | null): Upstream {
  const stub = (): Upstream => (relay === null ? logOf(env) : env.RELAYS.get(env.RELAYS.idFromName(relay)))
  return {
    bounds: () => stub().bounds(),
    after: (cursor, limit) => stub().after(cursor, limit),
    enlist: (kind, id) => stub().enlist(kind, id),
    dismiss: (id) => stub().dismiss(id),
  }
}

const recentEntries = 64

/** The log's bounds and its newest entries, with which a hub begins. */
export async function beginningAt(
  upstream: Pick<Upstream, 'bounds' | 'after'>,
): Promise<{ readonly bounds: Bounds; readonly recent: readonly Entry[] }> {
  const bounds = await upstream.bounds()
  const from = Math.max(bounds.floor - 1, bounds.head - recentEntries)
  const recent = bounds.head > from ? await upstream.after(from, recentEntries) : []
  return { bounds, recent: recent.filter(({ seq }) => seq <= bounds.head) }
}
