import type { StreamsReached } from '../../desk/delivery-schema.ts'
import type { Alert } from '../../domain/alert-types.ts'
import { hasTextIn } from '../../domain/rendering/in-language.ts'
import type { Entry, Seq } from '../../log/log.ts'
import type { Peers, ReachedCounts } from '../cluster/peers.ts'

/** A process that shares the database, as its reports name it. */
type Other = { readonly processId?: string; readonly reached?: readonly (readonly [Seq, ReachedCounts])[] }

/** The newest changes are kept. */
const keptMax = 200
/** What of them the other processes are told, and for how long. */
const toldMax = 20
const toldMs = 2 * 60_000
/** For how long an answer is waited for that is missing. */
const patienceMs = 30_000
/**
 * After how many rounds of reports it is known who was there at a change: a process that began just before it is in none that
 * was read earlier, and one round may have been under way.
 */
const roundsMin = 2

type Deps = {
  readonly peers: Pick<Peers, 'ask' | 'processStates'>
  /** Whether the processes that share the database tell each other by reports; else the peers are asked. */
  readonly hasReports: boolean
  readonly now: () => number
}

type Own = { readonly counts: ReachedCounts; readonly atMs: number; readonly expected: Set<string>; rounds: number }

/**
 * How many open streams each change was written to, in all processes. It is counted once, after the sweep that wrote it, and
 * kept in memory: of what went out before a start nothing is known.
 */
export class StreamsReachedCounts {
  readonly #deps: Deps
  readonly #delivered: Entry[] = []
  readonly #own = new Map<Seq, Own>()
  /** By change, what other processes have reported; a process that has ended since still counts. */
  readonly #heard = new Map<Seq, Map<string, ReachedCounts>>()
  /** Whose sum will not change any more. */
  readonly #final = new Map<Seq, StreamsReached>()
  #others: readonly string[] = []

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The hub was given an entry. */
  delivered({ size }: { readonly size: number }, entry: Entry): void {
    if (size === 0) this.#note(entry, [])
    else this.#delivered.push(entry)
  }

  /** A sweep has written what was delivered. `countByLanguage`: how many streams an alert is for. */
  swept(countByLanguage: (alert: Alert) => ReadonlyMap<string, number>): void {
    for (const entry of this.#delivered.splice(0)) {
      const isSent = (language: string) => language === '*' || hasTextIn(entry, language)
      this.#note(
        entry,
        [...countByLanguage(entry.alert)].filter(([language]) => isSent(language)),
      )
    }
  }

  #note({ seq }: Entry, counts: ReachedCounts): void {
    this.#own.set(seq, { counts, atMs: this.#deps.now(), expected: new Set(this.#others), rounds: 0 })
    forgetOldest(this.#own)
  }

  /** What the others are told. */
  recent(): readonly (readonly [Seq, ReachedCounts])[] {
    const sinceMs = this.#deps.now() - toldMs
    const recent = [...this.#own].filter(([, { atMs }]) => atMs >= sinceMs)
    return recent.slice(-toldMax).map(([seq, { counts }]) => [seq, counts] as const)
  }

  /** What the others tell. */
  heard(others: readonly Other[]): void {
    this.#others = others.flatMap(({ processId }) => processId ?? [])
    for (const { processId, reached = [] } of others)
      for (const [seq, counts] of processId === undefined ? [] : reached) {
        const known = this.#heard.get(seq) ?? new Map<string, ReachedCounts>()
        this.#heard.set(seq, known.set(processId ?? '', counts))
      }
    forgetOldest(this.#heard)
    for (const own of this.#own.values()) {
      if (own.rounds >= roundsMin) continue
      own.rounds += 1
      for (const id of this.#others) own.expected.add(id)
    }
  }

  /** The answer to a peer: null where nothing is known. */
  answer(seqs: readonly Seq[]): readonly (ReachedCounts | null)[] {
    return seqs.map((seq) => this.#own.get(seq)?.counts ?? null)
  }

  /** What is known of some changes, of all processes together. */
  async of(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, StreamsReached>> {
    const open = seqs.filter((seq) => !this.#final.has(seq))
    const sums = this.#deps.hasReports ? this.#reported(open) : await this.#asked(open)
    for (const [seq, sum] of sums) {
      const own = this.#own.get(seq)
      if (own === undefined || (sum.atLeast && this.#deps.now() - own.atMs < patienceMs)) continue
      this.#final.set(seq, sum)
      forgetOldest(this.#final)
    }
    const known = seqs.map((seq) => [seq, sums.get(seq) ?? this.#final.get(seq)] as const)
    return new Map(known.filter((it): it is readonly [Seq, StreamsReached] => it[1] !== undefined))
  }

  #reported(seqs: readonly Seq[]): ReadonlyMap<Seq, StreamsReached> {
    return new Map(
      seqs.flatMap((seq) => {
        const own = this.#own.get(seq)
        const heard = this.#heard.get(seq) ?? new Map<string, ReachedCounts>()
        if (own === undefined && heard.size === 0) return []
        const isMissing = own === undefined || own.rounds < roundsMin || [...own.expected].some((id) => !heard.has(id))
        return [[seq, summed([own?.counts ?? [], ...heard.values()], isMissing)] as const]
      }),
    )
  }

  async #asked(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, StreamsReached>> {
    if (seqs.length === 0) return new Map()
    const { peers } = this.#deps
    const answers = await peers.ask({ about: 'reached', seqs })
    // Those that have ended have no readers.
    const serving = peers.processStates().members.filter(({ state }) => state !== 'ended').length
    return new Map(
      seqs.flatMap((seq, nth) => {
        const own = this.#own.get(seq)?.counts ?? null
        const all = [own, ...answers.map((answer) => answer[nth] ?? null)]
        const known = all.filter((counts) => counts !== null)
        return known.length === 0 ? [] : [[seq, summed(known, known.length < Math.max(serving, 1))] as const]
      }),
    )
  }
}

function summed(all: readonly ReachedCounts[], atLeast: boolean): StreamsReached {
  const sums = new Map<string, number>()
  for (const [language, count] of all.flat()) sums.set(language, (sums.get(language) ?? 0) + count)
  return { byLanguage: Object.fromEntries(sums), atLeast }
}

function forgetOldest(kept: Map<Seq, unknown>): void {
  for (const seq of kept.keys()) {
    if (kept.size <= keptMax) return
    kept.delete(seq)
  }
}
