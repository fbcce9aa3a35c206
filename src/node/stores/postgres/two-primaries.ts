import { DatabaseHosts } from '../../../store/postgres/connection/database-hosts.ts'
import { PostgresDatabase } from '../../../store/postgres/postgres-database.ts'
import { StartError } from '../../start-errors.ts'

const limitMs = 2_000
/** The timeline goes up when a standby is promoted: the higher one is the newer primary. */
const selectTimeline = `select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`

type Primary = { readonly host: string; readonly timeline: number }

/**
 * Rejects with a StartError when several servers of a DATABASE_URL are primaries, as when a former primary comes back by
 * itself after its standby was promoted: each node would go on at the one that it reaches first, and the newsroom would be
 * two. Servers that do not answer are left out.
 */
export async function refuseTwoPrimaries(url: string, name: string): Promise<void> {
  const { urls } = new DatabaseHosts(url)
  if (urls.length < 2) return
  const found = await Promise.all(urls.map(primaryAt))
  const primaries = found.filter((it) => it !== null).sort((a, b) => b.timeline - a.timeline)
  if (primaries.length < 2) return
  const named = primaries.map(({ host, timeline }) => `${host} (timeline ${timeline})`).join(' and ')
  throw new StartError(
    `${name}: ${primaries.length} of its servers are primaries, and what is published would be divided among them: ${named}. The highest timeline was promoted last. Stop the other one, or make it a standby of that one (pg_rewind), then start the service again.`,
  )
}

/** Null: the server is a standby, or does not answer. */
async function primaryAt(url: string): Promise<Primary | null> {
  const database = new PostgresDatabase({ url, applicationName: 'tocsin start', connectionsMax: 1, limitMs })
  try {
    const [row] = await database.all<{ readonly timeline: number }>(selectTimeline)
    return { host: new URL(url).host, timeline: row?.timeline ?? 0 }
  } catch {
    return null
  } finally {
    await database.close()
  }
}
