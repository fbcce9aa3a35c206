import type { z } from 'zod'
import { Problem } from '../problem.ts'

/** One parameter of a query, as it is read and as /openapi.json describes it. */
export type Parameter = {
  readonly description: string
  readonly schema: z.ZodType
  /** A comma-separated list; given several times, the lists are joined. */
  readonly list?: true
  readonly example?: string
}

/** The parameters of a query by their names. */
export type Parameters = Readonly<Record<string, Parameter>>

/** A query as its route reads it: each parameter once. */
export type Query = Readonly<Record<string, string>>

type Reading = {
  /** Fields of the route's body, for whoever puts one of them into the address. */
  readonly bodyFields?: readonly string[]
  /** Said behind a refusal: what a write did. */
  readonly consequence?: string
}

/**
 * Reads a query: each known parameter once, repeated lists joined with commas. Throws a Problem (400) for a parameter
 * that is not known (`unknown-parameter`, naming the near one) and for one that is given twice (`repeated-parameter`):
 * a misspelt wish must not pass as none.
 */
export function readParameters(search: URLSearchParams, known: Parameters, reading: Reading = {}): Query {
  const read = new Map<string, string>()
  for (const [name, value] of search) {
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined
    if (parameter === undefined) throw unknownParameter(name, Object.keys(known), reading)
    const former = read.get(name)
    if (former === undefined) read.set(name, value)
    else if (parameter.list === true) read.set(name, [former, value].filter((it) => it !== '').join(','))
    else throw repeatedParameter(name, reading)
  }
  return Object.fromEntries(read)
}

const shownCharsMax = 40

function unknownParameter(name: string, known: readonly string[], { bodyFields = [], consequence }: Reading): Problem {
  const asked = JSON.stringify(name.slice(0, shownCharsMax))
  const near = nearest(name, known)
  const inBody = near === undefined ? nearest(name, bodyFields) : undefined
  const sentences = [
    `There is no parameter ${asked} here${near === undefined ? '.' : `; did you mean ${near}?`}`,
    ...(inBody === undefined ? [] : [`${inBody} belongs into the body.`]),
    known.length === 0 ? 'This address takes no parameters.' : `Known are ${known.join(', ')}.`,
    ...(consequence === undefined ? [] : [consequence]),
  ]
  return new Problem(400, 'unknown-parameter', sentences.join(' '))
}

function repeatedParameter(name: string, { consequence }: Reading): Problem {
  const detail = `The parameter ${name} is given more than once. Give it once.`
  return new Problem(400, 'repeated-parameter', consequence === undefined ? detail : `${detail} ${consequence}`)
}

/** The known name that was probably meant: the same but for case and signs, the beginning of it, or few letters away. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const asked = plain(name.slice(0, shownCharsMax))
  if (asked === '') return undefined
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(asked, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(1, Math.floor(asked.length / 3)) ? best.candidate : undefined
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** How many letters must be put in, taken out or replaced (Levenshtein); the same beginning counts as one letter away. */
function distanceOf(a: string, b: string): number {
  if (a === b) return 0
  const common = commonStart(a, b)
  if (common >= 3 && common * 2 >= Math.max(a.length, 4)) return 1
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j += 1)
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
