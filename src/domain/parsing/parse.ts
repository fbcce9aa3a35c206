import type { z } from 'zod'
import { invalid, type Mistake, mistakesFor, type SaidValues } from '../problem.ts'
import { nearest } from './nearest.ts'

/**
 * Parses input by a schema: returns the schema's output, or throws a Problem (400 `invalid`) with every mistake. `more`
 * finds mistakes in the raw input that a schema cannot know; they are listed in the same Problem. `what` names the input.
 * `alsoKnown`: fields beside those of the schema that the same request may have; a sentence about an unknown one names them.
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
  more: (input: unknown) => readonly Mistake[] = () => [],
  alsoKnown: readonly string[] = [],
): z.output<Schema> {
  const result = schema.safeParse(input, { error: said, reportInput: true })
  const others = more(input)
  if (result.success && others.length === 0) return result.data
  throw invalid(what, [...(result.error?.issues ?? []).flatMap((issue) => mistakesOf(issue, [], alsoKnown)), ...others])
}

function mistakesOf(
  issue: z.core.$ZodIssue,
  base: readonly PropertyKey[],
  alsoKnown: readonly string[] = [],
): readonly Mistake[] {
  const path = [...base, ...issue.path]
  const pointer = pointerTo(path)
  if (issue.code === 'unrecognized_keys') {
    const known = [...issue.message.split(nameSeparator).filter(Boolean), ...(path.length === 0 ? alsoKnown : [])]
    return mistakesFor(issue.keys, (key) => ({
      pointer: `${pointer}${pointerTo([key])}`,
      code: 'unknown-field',
      values: { name: key.slice(0, nameMax).toWellFormed() },
      detail: unknownField(key, known),
    }))
  }
  if (issue.code === 'invalid_union') {
    const meant = formMeant(issue)
    if (meant !== undefined) return meant.flatMap((it) => mistakesOf(it, path))
  }
  const code = codeOf(issue)
  const values = valuesOf(issue)
  const known = { ...(code === undefined ? {} : { code }), ...(values === undefined ? {} : { values }) }
  return [{ pointer, ...known, detail: detailOf(issue) }]
}

/**
 * Of a union, the mistakes of the member whose type the input has: those inside of it; or not about its type as a whole, where the
 * union has no sentence of its own.
 */
function formMeant(union: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const typed = union.errors.filter((issues) => issues.length > 0)
  const inside = typed.find((issues) => issues.every(({ path }) => path.length > 0))
  if (inside !== undefined || union.message !== said(union)) return inside
  return typed.find((issues) => issues.every(({ code, path }) => path.length > 0 || code !== 'invalid_type'))
}

/** The code of a mistake, where it says more than that another value is wanted. */
function codeOf(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'custom') return typeof issue.params?.code === 'string' ? issue.params.code : undefined
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'missing'
  return codesOfIssues[issue.code]
}

function valuesOf(issue: z.core.$ZodIssue): SaidValues | undefined {
  if (issue.code === 'custom') return issue.params?.values
  if (issue.code === 'too_small') return { least: Number(issue.minimum) }
  return issue.code === 'too_big' ? { most: Number(issue.maximum) } : undefined
}

const codesOfIssues: Readonly<Record<string, string>> = { too_small: 'too-small', too_big: 'too-large' }

/** The sentence for an issue: the schema's own; for a wrong type, also what was given. */
function detailOf(issue: z.core.$ZodIssue): string {
  const usual = issue.code === 'invalid_type' ? said(issue) : undefined
  if (usual === undefined || usual === issue.message || issue.input === undefined) return issue.message
  return `${usual} ${issue.message}`
}

/** The sentence for an issue where the schema has none. It replaces zod's own. */
function said(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wantedNot(nounOf(issue.expected), issue.input)
    case 'invalid_value':
      return wantedNot(oneOf(issue.values), issue.input)
    case 'too_small':
      return wantedNot(`at least ${amountOf(issue.origin, issue.minimum)}`, issue.input)
    case 'too_big':
      return wantedNot(`at most ${amountOf(issue.origin, issue.maximum)}`, issue.input)
    case 'unrecognized_keys':
      return knownNamesOf(issue).join(nameSeparator)
    default:
      return wantedNot('another value', issue.input)
  }
}

const units: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  record: 'names',
}

function amountOf(origin: string, bound: number | bigint): string {
  const unit = units[origin]
  return unit === undefined
    ? String(bound)
    : `${bound} ${bound === 1 ? unit.replace(/(ie)?s$/, (end) => (end === 'ies' ? 'y' : '')) : unit}`
}

const nameSeparator = ','

/**
 * The names of an object's schema, or those that a record takes. Only available while zod makes the issue, which then refers to
 * its schema.
 */
function knownNamesOf(issue: object): readonly string[] {
  const { shape, keyType } = Object(Object(Object(Object(issue).inst)._zod).def)
  if (typeof shape === 'object' && shape !== null) return Object.keys(shape)
  const values: unknown = Object(Object(keyType)._zod).values
  return values instanceof Set ? [...values].map(String) : []
}

/** Names that people try first, and the fields that they mean. */
const alsoCalled: Readonly<Record<string, string>> = {
  link: 'url',
  href: 'url',
  uri: 'url',
  src: 'url',
  title: 'headline',
  body: 'summary',
  text: 'summary',
  description: 'summary',
  altText: 'alt',
  notes: 'note',
  expiry: 'expiresAt',
  expires: 'expiresAt',
  priority: 'level',
  urgency: 'level',
  languages: 'texts',
}

function unknownField(name: string, known: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  const asked = plain(name.slice(0, nameMax))
  const other = Object.entries(alsoCalled).find(([word]) => plain(word) === asked)?.[1]
  const near =
    known.find((it) => plain(it) === asked) ??
    known.find((it) => it === other) ??
    nearest(
      asked,
      known.filter((it) => it.length > 2),
    )
  const meant = near === undefined ? '; check its spelling or leave it out' : `; did you mean ${near}?`
  return `This field is not known here${meant}${near === undefined ? '.' : ''}${known.length === 0 ? '' : ` Known are ${known.join(', ')}.`}`
}

/** A sentence that says what is wanted, and what was given. */
export function wantedNot(wanted: string, given: unknown): string {
  if (given === undefined) return `This field is missing; ${wanted} is wanted.`
  return `${wanted.replace(/^./, (first) => first.toUpperCase())} is wanted, not ${givenAs(given)}.`
}

const nouns: Readonly<Record<string, string>> = {
  record: 'an object',
  array: 'a list',
  int: 'a whole number',
  boolean: 'true or false',
}

function nounOf(expected: string): string {
  return nouns[expected] ?? `${/^[aeio]/.test(expected) ? 'an' : 'a'} ${expected}`
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value))
  return words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`
}

/** A short description of a value, as an error sentence quotes it. */
function givenAs(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  // JSON.parse reads a number with too large an exponent as Infinity.
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    return 'a number too large to be read, such as 1e400'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return `the string ${quoted(value)}`
  return typeof value === 'number' ? `the number ${value}` : String(value)
}

const quotedMax = 60

/** A text from outside, in quotes and not too long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > quotedMax ? `${text.slice(0, quotedMax).toWellFormed()}…` : text)
}

/** How many known names one sentence lists: it is repeated for each unknown name. */
const namesMax = 40

/** Known names, as an error sentence lists them. */
export function namesIn(names: readonly string[]): string {
  const left = names.length - namesMax
  if (left > 0) return `${names.slice(0, namesMax).join(', ')} and ${left} more`
  return names.join(', ') || 'none'
}

const nameMax = 60

/** A JSON pointer (RFC 6901) to a path of keys. Keys longer than any field of ours are cut. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((key) => `/${String(key).slice(0, nameMax).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}
