import type { Change } from '../../../src/domain/change.ts'
import type { Newsroom } from '../../../src/domain/newsroom.ts'
import type { ExportDeps } from '../../../src/export/make-export.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { publishedSigning } from '../../../src/signing/statements.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { newsroom as usual } from '../samples.ts'
import { signing } from '../signing/published-signing.ts'

export const startMs = Date.parse('2026-11-28T12:01:00.000Z')

/** A log in memory that signs, with what an export of it is made of and a clock of the test's. */
export function exportable(newsroom: Newsroom = usual, publicUrl: string | null = 'https://alerts.example') {
  const log = new SqliteLog(openSqlite(':memory:'), 'k3f9')
  log.signing.begin({ signer: signing.signer, newsroom })
  const clock = { ms: startMs }
  const signed = publishedSigning(signing, newsroom, startMs)
  const deps: ExportDeps = { log, newsroom, signer: signing.signer, signed, publicUrl, now: () => clock.ms }
  let keys = 0
  const append = (change: Change) => {
    keys += 1
    return log.append({ ...change, at: new Date(clock.ms).toISOString() }, `k${keys}`)
  }
  return { log, clock, deps, append }
}

/** The id of the alert that was published as the nth. */
export const alertId = (nth: number) => `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}`
