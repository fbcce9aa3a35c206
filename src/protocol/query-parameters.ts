import type { z } from 'zod'
import { nearest } from '../domain/parsing/nearest.ts'
import { pointerTo } from '../domain/parsing/parse.ts'
import { type Parsed, type Parsers, Problem, parseAll } from '../domain/problem.ts'

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
  /** Fields of the route's body: one of them in the query is refused with a hint. */
  readonly bodyFields?: readonly string[]
  /** A last sentence of each refusal: what the write did. */
  readonly consequence?: string
  /** Tracking parameters that others add to links are ignored. */
  readonly passesOverTracking?: boolean
}

/** Tracking parameters that newsletters, networks and advertisers add to every link, also to that of a feed. */
const tracking =
  /^(utm_[a-z_]{1,40}|[a-z]{1,8}clid|gclsrc|gbraid|wbraid|gad_[a-z]{1,20}|mc_[ce]id|mkt_tok|_hs(enc|mi)|igshid|igsh|_ga|_gl)$/

/**
 * Reads a query: each known parameter once, repeated lists joined with commas. Throws a Problem (400) for a parameter
 * that is not known (`unknown-parameter`, suggesting a similar one) and for one that is given twice (`repeated-parameter`):
 * a misspelt parameter must not be ignored. Several mistakes are one Problem, with the code of the first.
 */
export function readParameters(search: URLSearchParams, known: Parameters, reading: Reading = {}): Query {
  const { query, refused } = scanParameters(search, known, reading)
  if (refused !== null) throw refused
  return query
}

/**
 * Reads a query and parses its values. Every mistake is in one Problem, with the code of the first parameter that is not
 * known or given twice, if there is one.
 */
export function readQuery<Values extends Parsers>(
  search: URLSearchParams,
  known: Parameters,
  values: (query: Query) => Values,
  reading: Reading = {},
): Parsed<Values> {
  const { query, refused } = scanParameters(search, known, reading)
  return gatherQuery(refused, values(query))
}

/** Parses the values of a query. Throws a Problem (400) with their mistakes and those of the query's names (`refused`). */
export function gatherQuery<Values extends Parsers>(refused: Problem | null, values: Values): Parsed<Values> {
  if (refused === null) return parseAll('query', values)
  try {
    parseAll('query', values)
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 400) throw error
    const { status, code, message, errors } = refused
    throw new Problem(status, code, `${message} More is wrong, see errors.`, { errors: [...errors, ...error.errors] })
  }
  throw refused
}

/** No more mistakes in names are looked for: each takes a comparison with every known name. */
const refusalsMax = 20

type Scan = { readonly query: Query; readonly refused: Problem | null }

/** Reads the known parameters of a query, and the Problem of the others. */
export function scanParameters(search: URLSearchParams, known: Parameters, reading: Reading = {}): Scan {
  const read = new Map<string, string>()
  const refusals: (readonly [name: string, problem: Problem])[] = []
  for (const [name, value] of search) {
    if (refusals.length === refusalsMax) break
    if (reading.passesOverTracking && tracking.test(name)) continue
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined
    const former = read.get(name)
    if (parameter === undefined) refusals.push([name, unknownParameter(name, Object.keys(known), reading)])
    else if (former === undefined) read.set(name, value)
    else if (parameter.list === true) read.set(name, [former, value].filter((it) => it !== '').join(','))
    else refusals.push([name, repeatedParameter(name, reading)])
  }
  // Of a parameter that is given twice, no value is used.
  for (const [name] of refusals) read.delete(name)
  return { query: Object.fromEntries(read), refused: joined(refusals) }
}

function joined(refusals: readonly (readonly [name: string, problem: Problem])[]): Problem | null {
  const [first] = refusals
  if (first === undefined) return null
  const [, { status, code, message }] = first
  const errors = refusals.map(([name, problem]) => ({ pointer: pointerTo([name]), detail: problem.message }))
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more, see errors)` : ''
  return new Problem(status, code, `${message}${more}`, { errors })
}

const shownCharsMax = 40

function unknownParameter(name: string, known: readonly string[], { bodyFields = [], consequence }: Reading): Problem {
  const asked = JSON.stringify(name.slice(0, shownCharsMax))
  const near = nearest(name, known, { beginnings: true })
  const inBody = near === undefined ? nearest(name, bodyFields, { beginnings: true }) : undefined
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
