import * as z from 'zod'
import { alertLimits } from '../../domain/alert.ts'
import type { Level } from '../../domain/alert-types.ts'
import { type Language, languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { requiredText } from '../../domain/parsing/fields.ts'
import { nearest } from '../../domain/parsing/nearest.ts'
import { namesIn, parse, pointerTo, quoted } from '../../domain/parsing/parse.ts'
import { uniqueList } from '../../domain/parsing/unique-list.ts'
import { counted } from '../../domain/plural.ts'
import { invalid, type Mistake, mistakesFor } from '../../domain/problem.ts'
import {
  type Blank,
  blanksIn,
  filledText,
  type Template,
  type TemplateText,
} from '../../domain/templates/newsroom-templates.ts'
import { scriptFits } from '../../domain/text.ts'
import { decimalOf, localNumber, wrongSign } from './local-number.ts'

const { headlineMax, summaryMax, languagesMax } = alertLimits
const valueCharsMax = 200
const word = requiredText(valueCharsMax, 'value')

/** The body of `POST /v1/desk/templates/{id}/fill`. */
export const fillSchema = z.strictObject({
  blanks: z
    .record(z.string(), z.union([z.number(), word, z.record(z.string(), word)]))
    .default({})
    .describe(
      'For a number: a number, or its decimal digits as a string where its zeros matter (6.0). For a text: one for all languages, or one by language.',
    ),
  languages: uniqueList(languagesMax, 'languages').optional(),
})

/** What a template gives for an alert: its fields can be put into the body of `POST /v1/alerts` as they are. */
export type TemplateDraft = {
  readonly level?: Level
  readonly topics: readonly string[]
  readonly texts: Readonly<Record<string, TemplateText>>
}

export type FilledTemplate = { readonly draft: TemplateDraft; readonly unsure: readonly Mistake[] }

type Values = z.output<typeof fillSchema>['blanks']

/**
 * Fills a template's blanks in each language, or in those that are asked for. A language that has no value for one of its
 * blanks is left out, and that is said. Throws a Problem (400) with every mistake.
 */
export function fillTemplate(
  template: Template,
  input: unknown,
  newsroom: Pick<Newsroom, 'languages'>,
): FilledTemplate {
  const { blanks, languages } = parse(fillSchema, input, 'filling', (raw) => [
    ...valueMistakes(template, raw),
    ...languageMistakes(template, raw),
  ])
  const chosen = languages ?? Object.keys(template.texts)
  const texts: Record<string, TemplateText> = {}
  const unsure: Mistake[] = []
  const mistakes: Mistake[] = []
  for (const tag of chosen) {
    const text = template.texts[tag]
    const language = languageOf(newsroom, tag)
    if (text === undefined || language === undefined) continue
    const missing = blanksOf(text).filter((id) => valueIn(blanks, id, tag) === undefined)
    if (missing.length > 0) {
      unsure.push({
        pointer: pointerTo(['draft', 'texts', tag]),
        code: 'template-left-out',
        values: { names: missing.map((id) => blankOf(template, id)?.label ?? id) },
        detail: `It is left out: nothing was given for ${namesIn(missing)}.`,
      })
      continue
    }
    const filled = fillIn(template, text, blanks, language)
    texts[tag] = filled
    mistakes.push(...tooLong(filled, tag))
    unsure.push(...doubts(template, text, blanks, language))
  }
  if (Object.keys(texts).length === 0 && mistakes.length === 0)
    mistakes.push(...missingValues(template, chosen, blanks))
  if (mistakes.length > 0) throw invalid('filling', mistakes)
  const untold =
    languages === undefined ? newsroom.languages.filter(({ tag }) => template.texts[tag] === undefined) : []
  if (untold.length > 0)
    unsure.push({
      pointer: '/draft/texts',
      code: 'template-without',
      values: { names: untold.map(({ tag }) => tag) },
      detail: `The template has no text in ${namesIn(untold.map(({ tag }) => tag))}.`,
    })
  const { level, topics } = template
  return { draft: { ...(level === undefined ? {} : { level }), topics, texts }, unsure }
}

function fillIn(template: Template, text: TemplateText, values: Values, language: Language): TemplateText {
  const fill = (words: string) => filledText(words, (id) => wordsFor(template, id, values, language))
  return { headline: fill(text.headline), summary: fill(text.summary) }
}

function wordsFor(template: Template, id: string, values: Values, language: Language): string {
  const value = valueIn(values, id, language.tag) ?? ''
  return blankOf(template, id)?.kind === 'number' ? localNumber(decimalOf(value) ?? value, language).text : value
}

/** The value of a blank in a language, a number as its decimal digits; undefined: none was given. */
function valueIn(values: Values, id: string, tag: string): string | undefined {
  const value = Object.hasOwn(values, id) ? values[id] : undefined
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'object') return value
  return Object.hasOwn(value, tag) ? value[tag] : undefined
}

function blankOf({ blanks }: Template, id: string): Blank | undefined {
  return blanks.find((blank) => blank.id === id)
}

function blanksOf({ headline, summary }: TemplateText): readonly string[] {
  return blanksIn(`${headline} ${summary}`)
}

function tooLong({ headline, summary }: TemplateText, tag: string): readonly Mistake[] {
  return [['headline', headline, headlineMax] as const, ['summary', summary, summaryMax] as const].flatMap(
    ([field, words, max]) => {
      const chars = [...words].length
      return chars > max
        ? [
            {
              pointer: '/blanks',
              code: 'template-too-long',
              values: { language: tag, length: chars, max },
              detail: `With them the ${field} in ${tag} has ${counted(chars, 'character')}; at most ${max} are taken. Shorten the values.`,
            },
          ]
        : []
    },
  )
}

/** What to look at in one language: words in another script, numbers that are written as in another language. */
function doubts(template: Template, text: TemplateText, values: Values, language: Language): readonly Mistake[] {
  const { tag, script } = language
  const pointer = pointerTo(['draft', 'texts', tag])
  const label = (id: string) => blankOf(template, id)?.label ?? id
  return blanksOf(text).flatMap((id) => {
    const value = valueIn(values, id, tag) ?? ''
    if (blankOf(template, id)?.kind === 'number')
      return localNumber(decimalOf(value) ?? value, language).isKnown
        ? []
        : [
            {
              pointer,
              code: 'template-number',
              values: { name: label(id) },
              detail: `How ${tag} writes numbers is not known here; check ${id}.`,
            },
          ]
    return scriptFits(value, script)
      ? []
      : [
          {
            pointer,
            code: 'template-script',
            values: { value: value.slice(0, 60).toWellFormed(), name: label(id) },
            detail: `${quoted(value)} (${id}) is not in the script ${script} of ${tag}.`,
          },
        ]
  })
}

/** Where every language was left out: the values that are missing, each once. */
function missingValues(template: Template, tags: readonly string[], values: Values): readonly Mistake[] {
  const missing = new Set(
    tags.flatMap((tag) => {
      const text = template.texts[tag]
      return text === undefined ? [] : blanksOf(text).filter((id) => valueIn(values, id, tag) === undefined)
    }),
  )
  return [...missing].map((id) => ({
    pointer: pointerTo(['blanks', id]),
    code: 'missing',
    detail: `This blank (${blankOf(template, id)?.label ?? id}) is in every language that is asked for; give its value.`,
  }))
}

/** Mistakes in the values: of unknown blanks, of the wrong kind, in languages that the template does not have. */
function valueMistakes(template: Template, input: unknown): readonly Mistake[] {
  const values = fieldsOf(fieldsOf(input).blanks)
  const ids = template.blanks.map(({ id }) => id)
  const unknown = Object.keys(values).filter((id) => !ids.includes(id))
  return [
    ...mistakesFor(unknown, (id) => {
      const near = nearest(id, ids)
      const meant = near === undefined ? '' : ` (did you mean ${near}?)`
      return {
        pointer: pointerTo(['blanks', id]),
        code: 'unknown-field',
        values: { name: id.slice(0, 60).toWellFormed() },
        detail: `This template has no such blank${meant}; it has ${namesIn(ids)}.`,
      }
    }),
    ...template.blanks.flatMap((blank) =>
      Object.hasOwn(values, blank.id) ? kindMistakes(template, blank, values[blank.id]) : [],
    ),
  ]
}

/** What the schema refuses for its type is not told twice. */
function kindMistakes({ texts }: Template, { id, kind }: Blank, value: unknown): readonly Mistake[] {
  const pointer = pointerTo(['blanks', id])
  if (kind === 'text') {
    if (typeof value === 'number')
      return [{ pointer, code: 'no-text', detail: 'A text is wanted, or one for each language.' }]
    return mistakesFor(
      Object.keys(fieldsOf(value)).filter((tag) => !Object.hasOwn(texts, tag)),
      (tag) => ({
        pointer: pointerTo(['blanks', id, tag]),
        code: 'template-without',
        values: { names: [tag] },
        detail: `This template has no text in that language; it has ${namesIn(Object.keys(texts))}.`,
      }),
    )
  }
  const isRight = typeof value === 'string' || typeof value === 'number' ? decimalOf(value) !== null : !isObject(value)
  return isRight ? [] : [{ pointer, ...notNumber(value) }]
}

/** Why a value is no number. Where one sign of it is to blame, which one, and what to write. */
function notNumber(value: unknown): Omit<Mistake, 'pointer'> {
  const wrong = typeof value === 'string' ? wrongSign(value) : null
  if (wrong !== null) {
    const { sign, example } = wrong
    return { code: 'number-sign', values: wrong, detail: `A number here has no ${quoted(sign)}. Write ${example}.` }
  }
  const detail = 'A number is wanted, such as 120, or "6.0" where its zeros matter: at most 15 digits and six decimals.'
  return { code: 'no-number', detail }
}

function languageMistakes({ texts }: Template, input: unknown): readonly Mistake[] {
  const { languages } = fieldsOf(input)
  if (!Array.isArray(languages)) return []
  if (languages.length === 0)
    return [
      { pointer: '/languages', code: 'no-language', detail: 'At least one language is wanted; leave it out for all.' },
    ]
  const wrong = languages
    .map((tag: unknown, at) => ({ tag, at }))
    .filter(({ tag }) => typeof tag === 'string' && !Object.hasOwn(texts, tag))
  return mistakesFor(wrong, ({ tag, at }) => ({
    pointer: pointerTo(['languages', at]),
    code: 'template-without',
    values: { names: [String(tag)] },
    detail: `This template has no text in ${quoted(String(tag))}; it has ${namesIn(Object.keys(texts))}.`,
  }))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...(value as object) } : {}
}
