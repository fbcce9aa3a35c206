import type { Bounds, Entry, Seq } from '../../../log/log.ts'
import {
  type EntrySigning,
  keyIn,
  proofsOf,
  type SignedThrough,
  type SigningDeps,
  type StoredProofs,
  signEntry,
  signedAtAppendMax,
  signedThrough,
} from '../../../log/sign-entry.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { type HeadRow, lockHead } from './log-head.ts'

/**
 * `proofs`: those of the epoch that is beside them (`StoredProofs`). `signed`: how far the log is signed; written with the
 * head's row locked only.
 */
export const signedStep = `alter table tocsin.entries add column proofs json;
  create table tocsin.signed (
    one boolean primary key default true check (one),
    epoch text not null,
    seq bigint not null,
    chains json not null
  ) with (fillfactor = 20)`

const selectSigned = 'select epoch, seq, chains from tocsin.signed'
const selectUnsigned =
  'select seq, at, kind, alert from tocsin.entries where seq > $1 and seq <= $2 order by seq limit $3'
const selectProofs = 'select seq, proofs from tocsin.entries where seq = any($1::bigint[])'
const selectNewestProofs = `select proofs from tocsin.entries where seq <= (select seq from tocsin.signed)
  and proofs is not null order by seq desc limit 1`
const updateProofs = `update tocsin.entries set proofs = made.proofs::json
  from unnest($1::bigint[], $2::text[]) as made (seq, proofs) where entries.seq = made.seq`
const upsertSigned = `insert into tocsin.signed (epoch, seq, chains) values ($1, $2, $3)
  on conflict (one) do update set epoch = excluded.epoch, seq = excluded.seq, chains = excluded.chains`

/** Signs the entries of a log in PostgreSQL, each once and in order, with the head's row locked. */
export class PostgresEntrySigning implements EntrySigning {
  readonly #database: PostgresDatabase
  /** Throws where the head is not that of the log that was opened. */
  readonly #heed: (head: HeadRow | null) => HeadRow
  #signing: SigningDeps | null = null

  constructor(database: PostgresDatabase, heed: (head: HeadRow | null) => HeadRow) {
    this.#database = database
    this.#heed = heed
  }

  begin(signing: SigningDeps): void {
    this.#signing = signing
  }

  /** How far the log is signed, as it is stored; read in the round trip that locks the head. Undefined: there is no key. */
  async stored(statements: PostgresStatements): Promise<SignedThrough | undefined> {
    if (this.#signing === null) return undefined
    return (await statements.all<SignedThrough>(selectSigned))[0]
  }

  /**
   * The entries with proofs, which are stored with them: one more round trip only where those before them are not signed.
   * `head`: as it was before these entries. Without a key they stay as they are; also where many are not signed, because
   * others wait for this transaction.
   */
  async sign(
    statements: PostgresStatements,
    stored: SignedThrough | undefined,
    head: Bounds,
    entries: readonly Entry[],
  ): Promise<readonly Entry[]> {
    if (this.#signing === null || entries.length === 0) return entries
    const through = signedThrough(stored, head)
    const left = head.head - through.seq
    if (left > signedAtAppendMax) return entries
    const before = left === 0 ? [] : await unsignedAfter(statements, through.seq, head.head, left)
    return send(statements, through, [...before, ...entries], this.#signing).slice(before.length)
  }

  async signMore(limit: number): Promise<number> {
    const signing = this.#signing
    return this.#database.transaction(
      async (statements) => {
        const head = this.#heed(await lockHead(statements))
        const through = signedThrough((await statements.all<SignedThrough>(selectSigned))[0], head)
        if (signing === null || through.seq === head.head) return head.head - through.seq
        const entries = await unsignedAfter(statements, through.seq, head.head, limit)
        send(statements, through, entries, signing)
        return head.head - through.seq - entries.length
      },
      { isIdempotent: true },
    )
  }

  async newestKey(): Promise<string | null> {
    const [row] = await this.#database.all<{ proofs: StoredProofs }>(selectNewestProofs)
    return keyIn(row?.proofs ?? null)
  }
}

/** The entries with the proofs that are stored of them. */
export async function withStoredProofs(
  statements: PostgresStatements,
  epoch: string,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  if (entries.length === 0) return []
  const seqs = entries.map(({ seq }) => seq)
  const rows = await statements.all<{ seq: Seq; proofs: StoredProofs | null }>(selectProofs, seqs)
  const proofs = new Map(rows.map((row) => [row.seq, row.proofs]))
  return entries.map((entry) => ({ ...entry, ...proofsOf(proofs.get(entry.seq) ?? null, epoch) }))
}

async function unsignedAfter(
  statements: PostgresStatements,
  seq: Seq,
  head: Seq,
  limit: number,
): Promise<readonly Entry[]> {
  return statements.all<Entry>(selectUnsigned, seq, head, limit)
}

function send(
  statements: PostgresStatements,
  from: SignedThrough,
  entries: readonly Entry[],
  signing: SigningDeps,
): readonly Entry[] {
  let through = from
  const signed = entries.map((entry) => {
    const { proofs, signed } = signEntry(entry, through, signing)
    through = signed
    return { ...entry, proofs }
  })
  const stored = signed.map(({ proofs }) => JSON.stringify({ epoch: from.epoch, proofs } satisfies StoredProofs))
  const seqs = signed.map(({ seq }) => seq)
  statements.send(updateProofs, seqs, stored)
  statements.send(upsertSigned, through.epoch, through.seq, JSON.stringify(through.chains))
  return signed
}
