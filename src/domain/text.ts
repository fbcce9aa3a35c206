import { linkWarnings } from './link-warnings.ts'
import { intlLocaleOf } from './parsing/language-tag.ts'
import { escapesIn } from './parsing/text-escapes.ts'
import type { Mistake, SaidValues } from './problem.ts'

/** How much of a text phones show, in graphemes. A longer text gets a warning and is not refused. */
export const headlineGoodMax = 40
export const headlineLongMax = 60
export const summaryGoodMax = 90
export const summaryLongMax = 120

const embeddings = new Set(['\u202a', '\u202b', '\u202d', '\u202e'])
const isolates = new Set(['\u2066', '\u2067', '\u2068'])
const endEmbedding = '\u202c'
const endIsolate = '\u2069'

/**
 * Removes control characters, lone surrogates, noncharacters (U+FDD0 to U+FDEF, and the last two of each plane), byte-order
 * marks and unpaired bidirectional marks (UAX #9 §3.1.2: they
 * would change the direction of the text that follows). Line breaks and tabs
 * become spaces. Zero-width joiners and the strong marks U+200E, U+200F and U+061C stay: Persian needs them.
 */
export function cleanText(text: string): string {
  const plain = spaced(text.toWellFormed()).replace(notText, '')
  return balance(plain).trim()
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose.
const notText = /[\u0000-\u001f\u007f-\u009f\ufeff\p{Noncharacter_Code_Point}]/gu

function spaced(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
}

/** What `cleanText` removes from a text, as code points: `U+0000`. Line breaks and a leading byte-order mark are not listed. */
export function removedCharacters(text: string): readonly string[] {
  const plain = spaced(text.toWellFormed()).replace(/^\ufeff/, '')
  const kept = plain.replace(notText, '')
  const marks = kept.match(/[\u202a-\u202e\u2066-\u2069]/g) ?? []
  const left = balance(kept).match(/[\u202a-\u202e\u2066-\u2069]/g) ?? []
  const lost = marks.length > left.length ? marks : []
  return [...new Set([...(plain.match(notText) ?? []), ...lost])].map(
    (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  )
}

function balance(text: string): string {
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(text)) return text
  const chars = [...text]
  const open: { at: number; close: string }[] = []
  const drop = new Set<number>()
  chars.forEach((char, at) => {
    if (embeddings.has(char)) open.push({ at, close: endEmbedding })
    else if (isolates.has(char)) open.push({ at, close: endIsolate })
    else if (char === endEmbedding || char === endIsolate) {
      if (open.at(-1)?.close === char) open.pop()
      else drop.add(at)
    }
  })
  for (const { at } of open) drop.add(at)
  return chars.filter((_, at) => !drop.has(at)).join('')
}

// Besides what Unicode calls ignorable (zero-width, fillers, variation selectors, tags): marks without a letter under them,
// the empty braille pattern, the object replacement character, the null notehead, and what no font has a picture for.
const visible = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}]/u

/** Whether a text has a visible character. */
export function isVisible(text: string): boolean {
  return visible.test(text)
}

// The desk's page uses this too; Firefox has `Intl.Segmenter` since version 125 only.
const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter('und', { granularity: 'grapheme' }) : null

/** Length in grapheme clusters (UAX #29); without `Intl.Segmenter`, in code points without combining marks. */
export function graphemes(text: string): number {
  if (segmenter === null) return [...text.replace(/\p{M}|\u200d./gu, '')].length
  let count = 0
  for (const _ of segmenter.segment(text)) count += 1
  return count
}

const rightToLeftScripts = new Set(['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg', 'Mand', 'Samr'])
const scriptsOf: Readonly<Record<string, readonly string[]>> = {
  Jpan: ['Han', 'Hira', 'Kana'],
  Kore: ['Hang', 'Han'],
  Hans: ['Han'],
  Hant: ['Han'],
}

/** The script a language is written in, by CLDR's likely subtags: `Arab` for `prs`, `Latn` for `sr-Latn`. */
export function scriptOf(language: string): string {
  const locale = intlLocaleOf(language)
  return (locale === null ? undefined : new Intl.Locale(locale).maximize().script) ?? 'Latn'
}

/** The writing direction of a language. */
export function dirOf(language: string): 'ltr' | 'rtl' {
  return rightToLeftScripts.has(scriptOf(language)) ? 'rtl' : 'ltr'
}

/** Whether at least half of a text's letters are of its language's script. A text without letters fits any. */
export function scriptFits(text: string, script: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  if (letters === 0) return true
  const names = scriptsOf[script] ?? [script]
  const wanted = new RegExp(`(?=\\p{L})[${names.map((name) => `\\p{Script=${name}}`).join('')}]`, 'gu')
  return (text.match(wanted)?.length ?? 0) * 2 >= letters
}

type WarnedText = {
  readonly headline: string
  readonly summary: string
  readonly url?: string | undefined
  readonly image?: { readonly url: string; readonly alt: string } | undefined
}

/** Warnings about one text: too long for a phone, in another script, or with escapes of a program. A text is never refused for them. */
export function textWarnings(language: string, text: WarnedText, script: string): readonly Mistake[] {
  const warnings: Mistake[] = []
  const headline = graphemes(text.headline)
  const summary = graphemes(text.summary)
  const pointer = `/texts/${language}`
  const warn = (field: string, code: string, detail: string, values?: SaidValues) =>
    warnings.push({ pointer: `${pointer}/${field}`, code, detail, ...(values === undefined ? {} : { values }) })
  if (headline > headlineLongMax)
    warn(
      'headline',
      'headline-long',
      `The headline has ${headline} characters; phones cut at about ${headlineGoodMax}.`,
      { length: headline, max: headlineGoodMax },
    )
  if (summary > summaryLongMax)
    warn('summary', 'summary-long', `The summary has ${summary} characters; phones cut at about ${summaryGoodMax}.`, {
      length: summary,
      max: summaryGoodMax,
    })
  if (!scriptFits(`${text.headline} ${text.summary}`, script))
    warn(
      'headline',
      'other-script',
      `The text does not look like ${language}: most of its letters are not in the script ${script}.`,
    )
  return [
    ...warnings,
    ...escapeWarnings(`${pointer}/headline`, 'headline', text.headline),
    ...escapeWarnings(`${pointer}/summary`, 'summary', text.summary),
    ...escapeWarnings(`${pointer}/image/alt`, 'image description', text.image?.alt ?? ''),
    ...linkWarnings(`${pointer}/url`, text.url),
    ...linkWarnings(`${pointer}/image/url`, text.image?.url),
  ]
}

/** A warning for each escape, tag or placeholder in a text, which readers would see as it stands. */
export function escapeWarnings(pointer: string, field: string, text: string): readonly Mistake[] {
  return escapesIn(text).map(({ what, piece }) => ({
    pointer,
    code: 'escape-in-text',
    values: { piece: piece.slice(0, 40).toWellFormed() },
    detail: `The ${field} holds ${what} (${piece.slice(0, 40)}); readers would see it as it stands.`,
  }))
}
