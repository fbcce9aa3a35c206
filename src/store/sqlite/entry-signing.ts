import type { Bounds, Entry, Seq } from '../../log/log.ts'
import { newestTimeOf } from '../../log/newest-time.ts'
import {
  type EntrySigning,
  keyIn,
  type SignedThrough,
  type SigningDeps,
  type StoredProofs,
  signEntry,
  signedAtAppendMax,
  signedThrough,
} from '../../log/sign-entry.ts'
import type { Sql } from '../sql.ts'

/** `proofs`: those of the epoch that is beside them (`StoredProofs`). `signed`: how far the log is signed. */
export const signedStep = `alter table entries add column proofs text;
   create table signed (
     one integer primary key check (one = 1),
     epoch text not null,
     seq integer not null,
     chains text not null
   ) strict`

const selectSigned = 'select epoch, seq, chains from signed'
const selectTable = `select 1 from sqlite_schema where name = 'signed'`
const selectNewestProofs = `select proofs from entries where seq <= (select seq from signed) and proofs is not null
  order by seq desc limit 1`
const selectNewestTime = 'select max(at) as at from (select at from entries order by seq desc limit ?)'
const updateProofs = 'update entries set proofs = ? where seq = ?'
const upsertSigned = `insert into signed (one, epoch, seq, chains) values (1, ?, ?, ?)
  on conflict (one) do update set epoch = excluded.epoch, seq = excluded.seq, chains = excluded.chains`

/** The latest time of a database's newest entries, in ms since 1970; 0 where there is none, or no log. */
export function newestTimeMsOf(sql: Pick<Sql, 'all'>): number {
  if (sql.all(selectTable).length === 0) return 0
  const [row] = sql.all<{ at: string | null }>(selectNewestTime, newestTimeOf)
  return row?.at == null ? 0 : Date.parse(row.at)
}

/** The id of the key of a database's newest proof; null where no entry has one, also in a database of a version before. */
export function newestKeyOf(sql: Pick<Sql, 'all'>): string | null {
  if (sql.all(selectTable).length === 0) return null
  const [row] = sql.all<{ proofs: string }>(selectNewestProofs)
  return row === undefined ? null : keyIn(JSON.parse(row.proofs))
}

type Deps = {
  readonly sql: Sql
  readonly bounds: () => Bounds
  /** Entries after a seq, oldest first. */
  readonly after: (seq: Seq, limit: number) => readonly Entry[]
}

/** Signs the entries of a log in SQLite, each once and in order. */
export class SqliteEntrySigning implements EntrySigning {
  readonly #deps: Deps
  #signing: SigningDeps | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  begin(signing: SigningDeps): void {
    this.#signing = signing
  }

  /**
   * Signs an entry inside the transaction that has appended it. Without a key it stays as it is; also where many before it
   * are not signed, because others wait for this transaction.
   */
  sign(entry: Entry): Entry {
    if (this.#signing === null) return entry
    const left = entry.seq - this.#through().seq
    if (left > signedAtAppendMax + 1) return entry
    return this.#signNext(left, this.#signing).at(-1) ?? entry
  }

  async signMore(limit: number): Promise<number> {
    const { sql, bounds } = this.#deps
    const signing = this.#signing
    const left = () => bounds().head - this.#through().seq
    if (signing === null || left() === 0) return left()
    return sql.retryBusy(() =>
      sql.transaction(() => {
        this.#signNext(limit, signing)
        return left()
      }),
    )
  }

  async newestKey(): Promise<string | null> {
    return newestKeyOf(this.#deps.sql)
  }

  #signNext(limit: number, signing: SigningDeps): readonly Entry[] {
    const { sql } = this.#deps
    let through = this.#through()
    const signed = this.#deps.after(through.seq, limit).map((entry) => {
      const { proofs, signed } = signEntry(entry, through, signing)
      const stored: StoredProofs = { epoch: through.epoch, proofs }
      sql.run(updateProofs, JSON.stringify(stored), entry.seq)
      through = signed
      return { ...entry, proofs }
    })
    if (signed.length > 0) sql.run(upsertSigned, through.epoch, through.seq, JSON.stringify(through.chains))
    return signed
  }

  #through(): SignedThrough {
    const [row] = this.#deps.sql.all<{ epoch: string; seq: number; chains: string }>(selectSigned)
    return signedThrough(row && { ...row, chains: JSON.parse(row.chains) }, this.#deps.bounds())
  }
}
