import * as z from 'zod'
import type { SaidValues } from '../problem.ts'
import { cleanText, isVisible } from '../text.ts'
import { parseInstant } from './instant.ts'

// Kinds of fields that several requests have.

/**
 * A text that people will read, cleaned: 1 to `max` characters (code points), something visible among them. Half a
 * surrogate pair is refused. `missing`: what is said when it is not there.
 */
export function requiredText(max: number, what: string, missing?: string): z.ZodType<string, string> {
  return cleaned(max, what, 1, missing)
}

/** The same where nothing at all may stand; but not something that only looks like nothing. */
export function optionalText(max: number, what: string): z.ZodType<string, string> {
  return cleaned(max, what, 0)
}

function cleaned(max: number, what: string, min: 0 | 1, missing?: string) {
  const empty = missing ?? `The ${what} is empty; at least 1 character is wanted.`
  return z
    .string(missing === undefined ? {} : { error: missing })
    .meta({ minLength: min, maxLength: max })
    .transform((text, context) => {
      const clean = cleanText(text)
      const length = [...clean].length
      const wrong = (code: string, message: string, values?: SaidValues) =>
        context.issues.push(issueOf(text, code, message, values))
      if (!text.isWellFormed())
        wrong('half-character', `The ${what} holds half a surrogate pair, which is no character.`)
      else if (clean === '' && min === 1) wrong('missing', empty)
      else if (clean !== '' && !isVisible(clean))
        wrong('invisible', `The ${what} has nothing in it that a person can see.`)
      else if (length > max)
        wrong('too-long', `The ${what} is too long: it has ${length} characters, at most ${max} are taken.`, {
          length,
          max,
        })
      return clean
    })
}

/** An issue of a text, with the code by which programs know what is wrong. */
function issueOf(input: string, code: string, message: string, values?: SaidValues) {
  return { code: 'custom' as const, message, input, params: { code, ...(values === undefined ? {} : { values }) } }
}

/** The longest link, as it is stored and sent. */
export const urlMax = 2_048

/** An https link, in the one spelling that it is stored in: at most `urlMax` characters of it, letters of other scripts escaped. */
export const httpsUrl = z
  .string()
  .meta({ format: 'uri', maxLength: urlMax })
  .transform((text, context) => {
    const fault = urlFault(text)
    if (fault !== null) context.issues.push(issueOf(text, 'no-link', fault))
    return fault === null ? new URL(text).href : text
  })

function urlFault(text: string): string | null {
  if (!text.isWellFormed()) return 'The link holds half a surrogate pair, which is no character.'
  // A URL parser would take these out without a word.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return 'A link has no line breaks, tabs or control characters.'
  // In a host or a path a URL parser reads it as /, and the link would lead to another place.
  if (/^[^?#]*\\/.test(text)) return 'A link has no backslash (\\); / is wanted.'
  if (!/^https:\/\/[^/\\]/i.test(text) || !URL.canParse(text))
    return 'An https address is wanted, such as https://news.example/1.'
  const { username, password, href } = new URL(text)
  if (username !== '' || password !== '') return 'An https address without user name or password is wanted.'
  if (href.length <= urlMax) return null
  const escaped = href.length > text.length ? ', with its letters escaped as they must be' : ''
  return `The link is too long: ${href.length} characters${escaped}; at most ${urlMax} are taken.`
}

/** A time, brought to UTC with milliseconds. */
export const instant = z
  .string()
  .meta({ format: 'date-time' })
  .transform((text, context) => {
    const time = parseInstant(text)
    if (time === null)
      context.issues.push(
        issueOf(
          text,
          'no-time',
          'A time as of RFC 3339 is wanted, on a day that exists, such as 2026-03-01T12:00:00Z.',
        ),
      )
    return new Date(time ?? 0).toISOString()
  })
