import { hash } from 'node:crypto'
import type { Interest } from '../../src/domain/interest.ts'
import type { Newsroom } from '../../src/domain/newsroom.ts'
import { notifiedLanguage } from '../../src/log/language-status.ts'
import type { Entry } from '../../src/log/log.ts'
import { entryMessage, socketText } from '../../src/protocol/messages.ts'

/** One frame as a listener noted it. `position`: the seq of the cursor it carried. */
export type Heard = {
  readonly type: string
  readonly position: number | null
  readonly resume?: string
  readonly reason?: string
  /** Of the whole text, for alerts. */
  readonly digest?: string
}

/** One connection of a listener. `given`: the cursor it came with; `honest`: that it was the last one it was sent. */
export type Session = {
  readonly given: string | null
  readonly honest: boolean
  readonly heard: readonly Heard[]
}

/** All that one listener has noted. */
export type Witness = {
  readonly name: string
  readonly interest: Interest
  readonly sessions: readonly Session[]
  readonly until: number
}

export type Log = {
  readonly epoch: string
  readonly entries: readonly Entry[]
  readonly newsroom: Newsroom
}

/** A digest of what was said, to be compared. */
export const digestOf = (text: string) => hash('sha1', text)

/** What a listener must have been sent of each entry; null: nothing. */
export class Expected {
  readonly #log: Log
  readonly #known = new Map<string, string>()

  constructor(log: Log) {
    this.#log = log
  }

  digest(entry: Entry, interest: Interest): string | null {
    const language = notifiedLanguage(interest, entry)
    if (language === null) return null
    const key = `${entry.seq} ${language}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const digest = digestOf(socketText(entryMessage(entry, language, this.#log.epoch, this.#log.newsroom)))
    this.#known.set(key, digest)
    return digest
  }
}

/**
 * Looks through a listener's connections for anything that must not be. Between where a connection begins and how far
 * it was told that it is, it has got exactly what the log has for its interest: nothing left out, nothing twice,
 * nothing foreign, nothing changed, in order. And all its connections together leave no gap up to `until`, the last entry
 * that it waited for, but where a reset said so. Gives every violation.
 */
export function judge({ name, interest, sessions, until }: Witness, log: Log, expected: Expected): readonly string[] {
  const violations: string[] = []
  const covered = new Set<number>()
  let first: number | null = null
  let position: number | null = null
  sessions.forEach((session, index) => {
    const where = `${name}, connection ${index}`
    const range = rangeOf(session)
    if (range === null) return
    first ??= range.start
    violations.push(...rangeFaults(session, range, log).map((fault) => `${where}: ${fault}`))
    violations.push(...alertFaults(session, range, interest, log, expected).map((fault) => `${where}: ${fault}`))
    // A reset says that what lies between is not told.
    const from = range.reset ? Math.min(position ?? range.start, range.start) : range.start
    for (let seq = from + 1; seq <= range.end; seq += 1) covered.add(seq)
    position = range.end
  })
  const began = first ?? 0
  const missed = log.entries.filter(({ seq }) => seq > began && seq <= until && !covered.has(seq)).map(({ seq }) => seq)
  if (missed.length > 0) violations.push(`${name}: never brought past ${missed.slice(0, 5).join(', ')}`)
  return violations
}

type Range = { readonly start: number; readonly end: number; readonly reset: boolean }

/** The part of the log that a connection was brought through; null when it was told nothing. */
function rangeOf({ given, heard }: Session): Range | null {
  const [welcome] = heard
  if (welcome?.type !== 'welcome' || welcome.position === null) return null
  const reset = welcome.resume === 'reset'
  const start = welcome.resume === 'replay' && given !== null ? seqOf(given) : welcome.position
  const end = heard.reduce((last, it) => Math.max(last, it.position ?? last), start)
  return { start, end, reset }
}

function rangeFaults({ given, honest, heard }: Session, { reset }: Range, { epoch, entries }: Log): string[] {
  const faults: string[] = []
  const [welcome] = heard
  const from = given === null ? null : seqOf(given)
  if (reset !== heard.some(({ type }) => type === 'reset') && heard.length > 1)
    faults.push('the welcome and the reset do not agree')
  if (honest && reset) faults.push(`its own cursor ${given} was reset: ${heard.find((it) => it.reason)?.reason}`)
  if (welcome?.resume === 'live' && from !== null && welcome.position !== from)
    faults.push(`live at ${welcome.position} though it came with ${given}`)
  if (given !== null && !given.startsWith(`${epoch}.`) && !reset) faults.push(`the foreign ${given} was taken`)
  if (from !== null && from > entries.length && !reset) faults.push(`the future ${given} was taken`)
  let last = -1
  for (const { type, position } of heard) {
    if (position === null) continue
    const back = type === 'alert' ? position <= last : position < last
    if (back) faults.push(`${type} at ${position} after ${last}`)
    last = Math.max(last, position)
  }
  return faults
}

function alertFaults(
  { heard }: Session,
  { start, end }: Range,
  interest: Interest,
  { entries }: Log,
  expected: Expected,
): string[] {
  const faults: string[] = []
  const told = new Map<number, string | undefined>()
  for (const { type, position, digest } of heard) if (type === 'alert') told.set(position ?? -1, digest)
  for (const entry of entries.slice(start, end)) {
    const wanted = expected.digest(entry, interest)
    const got = told.get(entry.seq)
    told.delete(entry.seq)
    if (wanted === null && got !== undefined) faults.push(`${entry.seq} was not asked for`)
    if (wanted !== null && got === undefined) faults.push(`${entry.seq} was left out between ${start} and ${end}`)
    if (wanted !== null && got !== undefined && got !== wanted) faults.push(`${entry.seq} is not as in the log`)
  }
  for (const seq of told.keys()) faults.push(`${seq} is not in the log between ${start} and ${end}`)
  return faults
}

/** An acknowledgement as a publisher noted it. */
export type Acknowledged = { readonly seq: number; readonly id: string; readonly version: number }

/** The log holds what was acknowledged and nothing else, each once, without gaps. */
export function judgeLog(acknowledged: readonly Acknowledged[], { entries }: Log): readonly string[] {
  const faults: string[] = []
  entries.forEach(({ seq }, index) => {
    if (seq !== index + 1) faults.push(`entry ${seq} is at place ${index + 1}`)
  })
  const bySeq = new Map(acknowledged.map((it) => [it.seq, it]))
  if (bySeq.size !== acknowledged.length) faults.push('one seq was acknowledged twice')
  for (const { seq, alert } of entries) {
    const it = bySeq.get(seq)
    bySeq.delete(seq)
    if (it === undefined) faults.push(`entry ${seq} was never acknowledged`)
    else if (it.id !== alert.id || it.version !== alert.version)
      faults.push(`entry ${seq} is not what was acknowledged`)
  }
  for (const seq of bySeq.keys()) faults.push(`${seq} was acknowledged and is not in the log`)
  return faults
}

function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('.') + 1))
}
