import { type Alert, type Audience, audiences, levels } from '../../domain/alert-types.ts'
import type { Interest } from '../../domain/interest.ts'
import type { Published } from '../../domain/newsroom-dropped.ts'
import type { Seq } from '../../log/log.ts'
import type { Sql } from '../sql.ts'

/**
 * Index that finds the entries for an interest without reading entries. An entry has a row for each pair of its languages
 * (and `*`) and its topics (and `*`; an alert without topics has the topic `''`), with its level and audience. The entries
 * of an interest are the union of a few ordered lists. `superseded`: 1 when the alert has a newer entry.
 */
export const logIndexStep = `create table scopes (
     scope_id integer primary key,
     audience text not null,
     language text not null,
     topic text not null,
     level integer not null,
     unique (audience, language, topic, level)
   ) strict;
   create table entry_scopes (
     scope_id integer not null,
     superseded integer not null,
     seq integer not null,
     primary key (scope_id, superseded, seq)
   ) strict, without rowid;
   create table log_index (one integer primary key check (one = 1), indexed_from integer not null) strict;
   insert into log_index (one, indexed_from) select 1, coalesce(max(seq), 0) + 1 from entries`

type Scope = {
  readonly scope_id: number
  readonly audience: string
  readonly language: string
  readonly topic: string
  readonly level: number
}

type ScopeKey = readonly [audience: Audience, language: string, topic: string, level: number]

const selectNewerScopes =
  'select scope_id, audience, language, topic, level from scopes where scope_id > ? order by scope_id'
const insertScope = 'insert into scopes (audience, language, topic, level) values (?, ?, ?, ?) on conflict do nothing'
const selectScope = 'select scope_id from scopes where audience = ? and language = ? and topic = ? and level = ?'
const insertRow = 'insert into entry_scopes (scope_id, superseded, seq) values (?, ?, ?) on conflict do nothing'
const supersede = 'update entry_scopes set superseded = 1 where scope_id = ? and superseded = 0 and seq = ?'
const selectNewest =
  'select seq from entry_scopes where scope_id = ? and superseded = 0 and seq < ? order by seq desc limit ?'
const selectOnward =
  'select seq from entry_scopes where scope_id = ? and superseded = ? and seq > ? order by seq limit ?'
const selectFrom = 'select indexed_from from log_index'
const updateFrom = 'update log_index set indexed_from = ?'

const selectPublic = "select distinct language, topic from scopes where audience = 'public'"

/** Rows of one list read by one statement. */
const rowsMin = 4
const rowsMax = 128

/** Any language; any topic. */
const any = '*'
const noTopic = ''

export class LogIndex {
  readonly #sql: Sql
  /** The ids of committed scopes only. They never change. */
  readonly #scopes = new Map<string, number>()
  #loadedTo = 0
  #isComplete = false

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** The seq from which on every entry is in the index. 1 or less: all of them. */
  get indexedFrom(): Seq {
    if (this.#isComplete) return 0
    const from = this.#sql.all<{ indexed_from: number }>(selectFrom)[0]?.indexed_from ?? 0
    this.#isComplete = from <= 1
    return from
  }

  /** All entries down to this one are in the index now. */
  setIndexedFrom(seq: Seq): void {
    this.#sql.run(updateFrom, seq)
  }

  /**
   * Reads the committed scopes. Only outside of transactions: SQLite gives a rolled-back id to another scope, and a cached
   * one would put test alerts into public lists.
   */
  loadScopes(): void {
    for (const { scope_id, audience, language, topic, level } of this.#sql.all<Scope>(
      selectNewerScopes,
      this.#loadedTo,
    )) {
      this.#scopes.set([audience, language, topic, level].join(' '), scope_id)
      this.#loadedTo = scope_id
    }
  }

  /** Adds an entry; `superseded`: its alert has a newer one. Inside a transaction, so that no id is cached. */
  add(seq: Seq, alert: Alert, superseded: boolean): void {
    for (const key of keysOf(alert))
      this.#sql.run(insertRow, this.#scopeId(key) ?? this.#newScope(key), superseded ? 1 : 0, seq)
  }

  /** Marks an entry as superseded by a newer one of its alert. Inside a transaction, so that no id is cached. */
  supersede(seq: Seq, alert: Alert): void {
    for (const key of keysOf(alert)) {
      const scope = this.#scopeId(key)
      if (scope !== undefined) this.#sql.run(supersede, scope, seq)
    }
  }

  /** Seqs of the newest entry of each alert that is for an interest, newest first, below `before`. Inside a snapshot. */
  newest(interest: Interest, before: Seq, limit: number): readonly Seq[] {
    const lists = this.#scopesOf(interest).map(
      (scope) => new SeqList((at, rows) => this.#seqs(selectNewest, scope, at, rows), before),
    )
    return merged(lists, limit, (one, other) => one > other)
  }

  /** Seqs of the entries after a seq that are for an interest, oldest first. Inside a snapshot. */
  after(interest: Interest, after: Seq, limit: number): readonly Seq[] {
    const lists = this.#scopesOf(interest).flatMap((scope) =>
      [0, 1].map(
        (superseded) => new SeqList((at, rows) => this.#seqs(selectOnward, scope, superseded, at, rows), after),
      ),
    )
    return merged(lists, limit, (one, other) => one < other)
  }

  /** The languages and topics that the public alerts in the index are or were in. */
  get published(): Published {
    const scopes = this.#sql.all<Pick<Scope, 'language' | 'topic'>>(selectPublic)
    const named = (names: readonly string[]) => [...new Set(names)].filter((name) => name !== any && name !== noTopic)
    return { languages: named(scopes.map((it) => it.language)), topics: named(scopes.map((it) => it.topic)) }
  }

  #seqs(statement: string, ...values: readonly number[]): readonly Seq[] {
    return this.#sql.all<{ seq: number }>(statement, ...values).map(({ seq }) => seq)
  }

  #newScope(key: ScopeKey): number {
    this.#sql.run(insertScope, ...key)
    const scope = this.#scopeId(key)
    if (scope === undefined) throw new Error('a scope that was inserted is not there')
    return scope
  }

  #scopeId(key: ScopeKey): number | undefined {
    return this.#scopes.get(key.join(' ')) ?? this.#sql.all<{ scope_id: number }>(selectScope, ...key)[0]?.scope_id
  }

  /** The scopes of an interest that exist; it may name thousands that never had an entry. */
  #scopesOf({ audience, isDesk, languages, topics, level }: Interest): readonly number[] {
    this.loadScopes()
    const found: number[] = []
    for (const whose of isDesk === true ? audiences : [audience])
      for (const language of languages === any ? [any] : languages)
        for (const topic of topics.length === 0 ? [any] : [noTopic, ...topics])
          for (let rank = 0; rank <= levels.indexOf(level); rank += 1) {
            const scope = this.#scopes.get([whose, language, topic, rank].join(' '))
            if (scope !== undefined) found.push(scope)
          }
    return found
  }
}

function keysOf({ audience, texts, topics, level }: Alert): readonly ScopeKey[] {
  const rank = levels.indexOf(level)
  const ofTopics = [any, ...(topics.length === 0 ? [noTopic] : topics)]
  return [any, ...Object.keys(texts)].flatMap((language) =>
    ofTopics.map((topic) => [audience, language, topic, rank] as const),
  )
}

/** One ordered list of seqs, read a few rows at a time. */
class SeqList {
  readonly #read: (at: Seq, rows: number) => readonly Seq[]
  #rows: readonly Seq[] = []
  #next = 0
  #at: Seq
  #rowsWanted = rowsMin
  #isAtEnd = false

  constructor(read: (at: Seq, rows: number) => readonly Seq[], at: Seq) {
    this.#read = read
    this.#at = at
  }

  /** The first that was not taken; undefined at the end. */
  get first(): Seq | undefined {
    if (this.#next === this.#rows.length && !this.#isAtEnd) {
      this.#rows = this.#read(this.#at, this.#rowsWanted)
      this.#isAtEnd = this.#rows.length < this.#rowsWanted
      this.#at = this.#rows.at(-1) ?? this.#at
      this.#rowsWanted = Math.min(this.#rowsWanted * 2, rowsMax)
      this.#next = 0
    }
    return this.#rows[this.#next]
  }

  take(): void {
    this.#next += 1
  }
}

/** The first `limit` of several ordered lists, each once. */
function merged(
  lists: readonly SeqList[],
  limit: number,
  comesBefore: (one: Seq, other: Seq) => boolean,
): readonly Seq[] {
  const found: Seq[] = []
  let left = lists
  while (found.length < limit) {
    left = left.filter((list) => list.first !== undefined)
    let next: Seq | undefined
    for (const { first } of left)
      if (first !== undefined && (next === undefined || comesBefore(first, next))) next = first
    if (next === undefined) break
    found.push(next)
    for (const list of left) if (list.first === next) list.take()
  }
  return found
}
