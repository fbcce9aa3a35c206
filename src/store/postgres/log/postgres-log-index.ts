import { type Alert, audiences, levels } from '../../../domain/alert-types.ts'
import type { Interest } from '../../../domain/interest.ts'
import type { Published } from '../../../domain/newsroom-dropped.ts'
import type { PostgresStatements, PostgresValue } from '../postgres-database.ts'

/**
 * Index that finds the entries for an interest without reading entries, as in SQLite: an entry has a row for each pair of
 * its languages (and `*`) and its topics (and `*`; an alert without topics has the topic `''`), with its level and audience.
 * `superseded`: the alert has a newer entry.
 */
export const logIndexStep = `create table tocsin.scopes (
    scope_id integer generated always as identity primary key,
    audience text collate "C" not null,
    language text collate "C" not null,
    topic text collate "C" not null,
    level smallint not null,
    unique (audience, language, topic, level)
  );
  create table tocsin.entry_scopes (
    scope_id integer not null,
    superseded boolean not null,
    seq bigint not null,
    primary key (scope_id, superseded, seq)
  );
  create index entry_scopes_of_entry on tocsin.entry_scopes (seq) where not superseded`

/** Expressions of an entry that is added. */
type Scoped = Readonly<Record<'seq' | 'audience' | 'languages' | 'topics' | 'level', string>>

/**
 * The statement that adds an entry, inside the transaction that appends it. Only missing scopes are inserted: a row that
 * conflicts would use up an id. The head is locked, so that nobody else does. What one part of a statement inserts, its
 * other parts do not see: so the new ids are taken from `returning`.
 */
export const insertScopes = ({ seq, audience, languages, topics, level }: Scoped) => `with wanted as (
    select wanted_language, wanted_topic from unnest(${languages}) as wanted_language, unnest(${topics}) as wanted_topic
  ), known as (
    select s.scope_id, s.language, s.topic from tocsin.scopes s
    where s.audience = ${audience} and s.language = any(${languages}) and s.topic = any(${topics}) and s.level = ${level}
  ), added as (
    insert into tocsin.scopes (audience, language, topic, level)
    select ${audience}, wanted_language, wanted_topic, ${level} from wanted
    where (wanted_language, wanted_topic) not in (select known.language, known.topic from known)
    returning scope_id
  )
  insert into tocsin.entry_scopes (scope_id, superseded, seq)
  select scope.scope_id, false, ${seq}
  from (select known.scope_id from known union all select added.scope_id from added) as scope`
/** The statement that marks an entry as superseded by a newer one of its alert. */
export const supersedeScopes = (seq: string) =>
  `update tocsin.entry_scopes s set superseded = true where s.seq = ${seq} and not s.superseded`

const scopesOfInterest = `tocsin.scopes where audience = any($1) and language = any($2) and topic = any($3)
  and level <= $4`
/** Seqs of the newest entry of each alert below a seq. Each list is read no further than the limit. */
export const newestSeqs = `select distinct listed.seq from (select scope_id from ${scopesOfInterest}) as scope
  cross join lateral (select seq from tocsin.entry_scopes where scope_id = scope.scope_id and superseded = false
    and seq < $5 order by seq desc limit $6) as listed order by seq desc limit $6`
/** Seqs of the entries after a seq, superseded or not. */
export const onwardSeqs = `select distinct listed.seq from (select scope_id from ${scopesOfInterest}) as scope
  cross join (values (false), (true)) as state (superseded)
  cross join lateral (select seq from tocsin.entry_scopes where scope_id = scope.scope_id
    and superseded = state.superseded and seq > $5 order by seq limit $6) as listed order by seq limit $6`

const selectPublic = "select distinct language, topic from tocsin.scopes where audience = 'public'"

/** Any language; any topic. */
const any = '*'
const noTopic = ''

/** The names under which an alert is in the index. */
export function indexedNames({ texts, topics }: Alert): Readonly<Record<'languages' | 'topics', readonly string[]>> {
  return { languages: [any, ...Object.keys(texts)], topics: [any, ...(topics.length === 0 ? [noTopic] : topics)] }
}

/** The values $1 to $4 of `newestSeqs` and `onwardSeqs`. */
export function interestValues({ audience, isDesk, languages, topics, level }: Interest): readonly PostgresValue[] {
  return [
    isDesk === true ? audiences : [audience],
    languages === any ? [any] : languages,
    topics.length === 0 ? [any] : [noTopic, ...topics],
    levels.indexOf(level),
  ]
}

/** The languages and topics that public alerts are or were in. */
export async function readPublished(statements: Pick<PostgresStatements, 'all'>): Promise<Published> {
  const scopes = await statements.all<{ language: string; topic: string }>(selectPublic)
  const named = (names: readonly string[]) => [...new Set(names)].filter((name) => name !== any && name !== noTopic)
  return { languages: named(scopes.map((it) => it.language)), topics: named(scopes.map((it) => it.topic)) }
}
