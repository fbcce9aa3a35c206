import { wholeNumberOf } from '../../../domain/parsing/digits.ts'
import type { DraftText, Writing } from '../editing/desk-draft.ts'
import { type LocalTime, momentOf } from './local-time.ts'

/** A part of a draft that two people change apart from each other: one language, its note, or one of the choices. */
export type Part = `texts/${string}` | `note/${string}` | 'level' | 'audience' | 'topics' | 'times'

/** A part that both changed, each otherwise. What is kept is what this editor wrote, until they choose. */
export type Clash = { readonly part: Part; readonly mine: unknown; readonly theirs: unknown }

/**
 * Three-way merge of what an editor wrote and what another stored meanwhile, both from `base`. A part that only one of them
 * changed is taken from that one.
 */
export function mergeWritings(
  base: Writing,
  mine: Writing,
  theirs: Writing,
): { readonly merged: Writing; readonly clashes: readonly Clash[] } {
  const clashes: Clash[] = []
  let merged = mine
  for (const part of partsOf(base, mine, theirs)) {
    const [was, here, there] = [partIn(base, part), partIn(mine, part), partIn(theirs, part)]
    if (isSame(here, there) || isSame(was, there)) continue
    if (isSame(was, here)) merged = withPart(merged, part, theirs)
    else clashes.push({ part, mine: here, theirs: there })
  }
  return { merged, clashes }
}

/** The writing with one part as another writing has it. */
export function withPart(writing: Writing, part: Part, from: Writing): Writing {
  const [field = '', tag] = splitPart(part)
  if (tag === undefined) return { ...writing, [field]: from[field as 'level'] }
  const record: Record<string, unknown> = { ...writing[field as 'texts' | 'note'] }
  const given = from[field as 'texts' | 'note'][tag]
  if (given === undefined) delete record[tag]
  else record[tag] = given
  return { ...writing, [field]: record }
}

/** Which parts differ between two writings. */
export function changedParts(before: Writing, after: Writing): readonly Part[] {
  return partsOf(before, after).filter((part) => !isSame(partIn(before, part), partIn(after, part)))
}

/** Whether two writings say the same; white space at the ends is not stored. */
export function isSameContent(one: Writing, other: Writing): boolean {
  return changedParts(one, other).length === 0
}

function partsOf(...writings: readonly Writing[]): readonly Part[] {
  const texts = writings.flatMap((it) => Object.keys(it.texts).map((tag): Part => `texts/${tag}`))
  const notes = writings.flatMap((it) => Object.keys(it.note).map((tag): Part => `note/${tag}`))
  return [...new Set<Part>(['level', 'audience', 'topics', 'times', ...texts, ...notes])]
}

function partIn(writing: Writing, part: Part): unknown {
  const [field = '', tag] = splitPart(part)
  if (field === 'times') return timesIn(writing)
  if (tag === undefined) return writing[field as keyof Writing]
  return writing[field as 'texts' | 'note'][tag]
}

/** Times in two zones are the same where they mean the same moment, and a hold in whatever digits. */
function timesIn({ times }: Writing): unknown {
  const meant = (time: LocalTime) => {
    const moment = momentOf(time)
    return moment.state === 'one' ? moment.at : time.local
  }
  const hold = wholeNumberOf(times.holdSeconds)?.toString() ?? times.holdSeconds
  return { ...times, holdSeconds: hold, publishAt: meant(times.publishAt), embargoUntil: meant(times.embargoUntil) }
}

function splitPart(part: Part): readonly string[] {
  const slash = part.indexOf('/')
  return slash < 0 ? [part] : [part.slice(0, slash), part.slice(slash + 1)]
}

function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other)
}

function canonical(value: unknown): string {
  if (value === undefined || value === null) return '""'
  if (typeof value === 'string') return JSON.stringify(value.replace(/\s+/g, ' ').trim())
  if (Array.isArray(value)) return JSON.stringify([...value].sort())
  if (typeof value !== 'object') return JSON.stringify(value)
  const fields = Object.entries(value as DraftText).filter(([, it]) => canonical(it) !== '""')
  // A language without a word in it is as good as none.
  if (fields.length === 0) return '""'
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, it]) => [name, canonical(it)]))
}
