import * as z from 'zod'
import { type Level, levels } from '../alert-types.ts'
import { visibleName } from '../newsroom-names.ts'
import { optionalText, requiredText } from '../parsing/fields.ts'
import { languageTagOf } from '../parsing/language-tag.ts'
import { namesIn, pointerTo, quoted } from '../parsing/parse.ts'
import { uniqueList } from '../parsing/unique-list.ts'
import { type Mistake, mistakesFor } from '../problem.ts'

/** A gap in a template's texts, written `{id}` there. */
export type Blank = {
  readonly id: string
  readonly label: string
  /** The label in languages of the desk, by tag. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly kind: 'text' | 'number'
  readonly examples: readonly string[]
}

export type TemplateText = { readonly headline: string; readonly summary: string }

/** Prepared wording for one kind of event, in several languages. */
export type Template = {
  readonly id: string
  readonly name: string
  /** The name in languages of the desk, by tag. */
  readonly names?: Readonly<Record<string, string>> | undefined
  readonly level?: Level | undefined
  readonly topics: readonly string[]
  readonly texts: Readonly<Record<string, TemplateText>>
  readonly blanks: readonly Blank[]
}

const templatesMax = 100
const blanksMax = 20
const languagesMax = 40
const topicsMax = 10

const visibleNames = z
  .record(z.string(), visibleName(60))
  .transform((names) =>
    Object.fromEntries(Object.entries(names).map(([tag, name]) => [languageTagOf(tag) ?? tag, name])),
  )
  .optional()

const blankSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,29}$/, {
    error: 'Lower-case letters, digits and underscores, at most 30, a letter first.',
  }),
  label: visibleName(60),
  labels: visibleNames,
  kind: z.enum(['text', 'number']),
  examples: z.array(visibleName(100)).max(10).default([]),
})

/** `templates` in the newsroom's file. */
export const templatesSchema = z
  .array(
    z.strictObject({
      id: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'Lower-case letters, digits and hyphens, at most 40.' }),
      name: visibleName(60),
      names: visibleNames,
      level: z.enum(levels).optional(),
      topics: uniqueList(topicsMax, 'topics').default([]),
      texts: z
        .record(
          z.string(),
          z.strictObject({
            headline: requiredText(200, 'headline'),
            summary: optionalText(1_000, 'summary').default(''),
          }),
        )
        .refine((texts) => Object.keys(texts).length > 0, { error: 'At least one language is wanted.' })
        .refine((texts) => Object.keys(texts).length <= languagesMax, { error: `At most ${languagesMax} languages.` })
        .transform((texts) =>
          Object.fromEntries(Object.entries(texts).map(([tag, text]) => [languageTagOf(tag) ?? tag, text])),
        ),
      blanks: z.array(blankSchema).max(blanksMax).default([]),
    }),
  )
  .max(templatesMax)
  .default([])

const anyBlank = /\{([^{}]*)\}/g

/** The names of the blanks in a text, each once. */
export function blanksIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(anyBlank)].map(([, name = '']) => name))]
}

/** A text with its blanks filled. What is filled in is not looked at for blanks again. */
export function filledText(text: string, wordsFor: (blank: string) => string): string {
  return text.replace(anyBlank, (_, name: string) => wordsFor(name))
}

/**
 * Mistakes in the templates of a newsroom's file that a schema cannot find: ids that stand there twice, languages and
 * topics that the newsroom does not have, blanks that are not declared or not used. `file` may have any form.
 */
export function templateMistakes(file: unknown): readonly Mistake[] {
  const templates = listOf(file, 'templates')
  const tags = listOf(file, 'languages').map((it) => languageTagOf(textOf(it, 'tag') ?? '') ?? '')
  const topics = listOf(file, 'topics').map((it) => textOf(it, 'id') ?? '')
  return [
    ...twice(templates, (at) => ['templates', at, 'id']),
    ...templates.flatMap((template, at) => [
      ...twice(listOf(template, 'blanks'), (nth) => ['templates', at, 'blanks', nth, 'id']),
      ...unknownLanguages(template, tags, at),
      ...unknownTopics(template, topics, at),
      ...blankMistakes(template, at),
    ]),
  ]
}

function twice(items: readonly unknown[], pathOf: (at: number) => readonly PropertyKey[]): readonly Mistake[] {
  const ids = items.map((it) => textOf(it, 'id'))
  return ids.flatMap((id, at) =>
    id !== null && ids.indexOf(id) < at
      ? [{ pointer: pointerTo(pathOf(at)), detail: `${quoted(id)} stands there twice; name it once.` }]
      : [],
  )
}

function unknownLanguages(template: unknown, tags: readonly string[], at: number): readonly Mistake[] {
  const seen = new Set<string>()
  return mistakesFor(
    Object.keys(fieldsOf(memberOf(template, 'texts'))).filter((text) => {
      const tag = languageTagOf(text) ?? text
      const isWrong = !tags.includes(tag) || seen.has(tag)
      seen.add(tag)
      return isWrong
    }),
    (tag) => ({
      pointer: pointerTo(['templates', at, 'texts', tag]),
      detail: tags.includes(languageTagOf(tag) ?? tag)
        ? 'This language has a text already; write one.'
        : `This newsroom does not publish in that language; it knows ${namesIn(tags)}.`,
    }),
  )
}

function unknownTopics(template: unknown, topics: readonly string[], at: number): readonly Mistake[] {
  return listOf(template, 'topics').flatMap((topic, nth) =>
    typeof topic === 'string' && !topics.includes(topic)
      ? [
          {
            pointer: pointerTo(['templates', at, 'topics', nth]),
            detail: `There is no topic ${quoted(topic)}; known are ${namesIn(topics)}.`,
          },
        ]
      : [],
  )
}

function blankMistakes(template: unknown, at: number): readonly Mistake[] {
  const declared = listOf(template, 'blanks').map((it) => textOf(it, 'id') ?? '')
  const used = new Set<string>()
  const mistakes: Mistake[] = []
  for (const [tag, text] of Object.entries(fieldsOf(memberOf(template, 'texts'))))
    for (const field of ['headline', 'summary']) {
      const words = textOf(text, field) ?? ''
      const pointer = pointerTo(['templates', at, 'texts', tag, field])
      for (const blank of blanksIn(words)) {
        used.add(blank)
        if (!declared.includes(blank))
          mistakes.push({ pointer, detail: `There is no blank ${quoted(blank)}; declared are ${namesIn(declared)}.` })
      }
      if (/[{}]/.test(words.replace(anyBlank, '')))
        mistakes.push({
          pointer,
          detail: 'A brace in it belongs to no blank. Write a blank as {its-id}.'.replace(
            'its-id',
            declared[0] ?? 'place',
          ),
        })
    }
  const unused = declared.flatMap((id, nth) =>
    id === '' || used.has(id)
      ? []
      : [
          {
            pointer: pointerTo(['templates', at, 'blanks', nth, 'id']),
            detail: `No text has {${id.slice(0, 60)}}. Write it into the texts, or take the blank out.`,
          },
        ],
  )
  return [...mistakes, ...unused]
}

/** Warnings about a template: languages without a blank that other languages have. */
export function templateWarnings({ texts }: Pick<Template, 'texts'>): readonly Mistake[] {
  const usedBy = new Map(
    Object.entries(texts).map(([tag, { headline, summary }]) => [tag, blanksIn(`${headline} ${summary}`)]),
  )
  const all = new Set([...usedBy.values()].flat())
  return [...usedBy].flatMap(([tag, used]) =>
    [...all]
      .filter((blank) => !used.includes(blank))
      .map((blank) => ({
        pointer: pointerTo(['texts', tag]),
        detail: `It has no {${blank}}, which other languages have.`,
      })),
  )
}

/** A line for the operator for each warning about the newsroom's templates. */
export function templateLines(templates: readonly Template[]): readonly string[] {
  return templates.flatMap((template) =>
    templateWarnings(template).map(
      ({ pointer, detail }) => `The template ${template.id}, ${pointer.slice('/texts/'.length)}: ${detail}`,
    ),
  )
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name)
  return Array.isArray(list) ? list : []
}

function textOf(value: unknown, name: string): string | null {
  const text = memberOf(value, name)
  return typeof text === 'string' ? text : null
}
