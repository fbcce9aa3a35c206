import type { z } from 'zod'
import { invalid, type Mistake } from './problem.ts'

/** Parses once, at the door: gives the schema's output, or throws a Problem (400 `invalid`) with every mistake. */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw invalid(what, result.error.issues.flatMap(mistakesOf))
}

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  const pointer = pointerTo(issue.path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      pointer: `${pointer}${pointerTo([key])}`,
      detail: 'This field is not known here; check its spelling or leave it out.',
    }))
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.path.length > 0)
    return [{ pointer, detail: `This field is missing; ${article(issue.expected)} is wanted.` }]
  return [{ pointer, detail: issue.message }]
}

function article(noun: string): string {
  return `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** A JSON pointer (RFC 6901) to a path of keys. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
