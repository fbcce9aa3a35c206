import * as z from 'zod'
import { sameLanguageOf } from '../locales/tag-lookup.ts'
import { languageTagOf } from './parsing/language-tag.ts'
import { pointerTo, quoted } from './parsing/parse.ts'
import type { Mistake } from './problem.ts'
import { isVisible } from './text.ts'

// Names in the newsroom's file: which characters they may hold, and which must be unique.

/** Characters that are refused, each with its name. Direction marks (U+200E, U+200F, U+061C) and joiners are allowed: names need them. */
const unseen: readonly (readonly [RegExp, string])[] = [
  [/[\p{Cc}\p{Zl}\p{Zp}]/u, 'a control character or a line break'],
  [/[\u202a-\u202e\u2066-\u2069]/u, 'a mark that turns round the text behind it'],
  [/[\p{Noncharacter_Code_Point}\ufeff\ufffc\ufffd\p{Cs}]/u, 'what is no character'],
]

/** Schema of a name: one visible line of at most `max` code points, without hidden characters. */
export function visibleName(charsMax: number): z.ZodType<string, string> {
  return z.string().transform((text, context) => {
    const name = text.trim()
    const message = nameFault(name, charsMax)
    if (message !== null) context.issues.push({ code: 'custom', message, input: text })
    return name
  })
}

function nameFault(name: string, charsMax: number): string | null {
  for (const [pattern, what] of unseen) {
    const [found] = pattern.exec(name) ?? []
    if (found !== undefined) return `There is ${what} in it (${codeOf(found)}), which nobody sees. Take it out.`
  }
  if (!isVisible(name)) return 'There is nothing in it that a person can see. Write a name.'
  const chars = [...name].length
  return chars > charsMax ? `At most ${charsMax} characters are wanted, not ${chars}.` : null
}

function codeOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * First path segments of our own routes and files that look like a language tag: they would hide the reader's page of a
 * language with that tag. A test compares them with the routes and with `public/`.
 */
export const ownPaths: readonly string[] = [
  'assets',
  'desk',
  'feeds',
  'healthz',
  'icons',
  'metrics',
  'privacy',
  'readyz',
]

/** Mistakes in a newsroom's file that a schema of one part cannot find: duplicates, and tags that are paths of our own. `input` may have any form. */
export function nameMistakes(file: unknown): readonly Mistake[] {
  const languages = listOf(file, 'languages').map((it) => textOf(it, 'tag'))
  const topics = listOf(file, 'topics')
  return [
    ...languages.flatMap((tag, at) => (tag === null ? [] : pathMistake(tag, ['languages', at, 'tag']))),
    ...twice(languages, (at) => ['languages', at, 'tag'], tagKey),
    ...twice(
      topics.map((it) => textOf(it, 'id')),
      (at) => ['topics', at, 'id'],
      (id) => id,
    ),
    ...topics.flatMap((topic, at) => labelMistakes(topic, at)),
    ...otherLanguageMistakes(memberOf(memberOf(file, 'rules'), 'languages'), ['rules', 'languages'], languages),
    // English stands in for languages without words of their own.
    ...otherLanguageMistakes(memberOf(file, 'privacy'), ['privacy'], [...languages, 'en']),
  ]
}

/** Mistakes for languages that the newsroom does not publish in: what stands under a misspelt tag would hold for nobody. */
function otherLanguageMistakes(
  byTag: unknown,
  path: readonly string[],
  languages: readonly (string | null)[],
): readonly Mistake[] {
  const known = new Set(languages.flatMap((tag) => (tag === null ? [] : [tagKey(tag)])))
  const tags = typeof byTag === 'object' && byTag !== null && !Array.isArray(byTag) ? Object.keys(byTag) : []
  return tags
    .filter((tag) => !known.has(tagKey(tag)))
    .map((tag) => ({
      pointer: pointerTo([...path, tag]),
      detail: 'The newsroom does not publish in this language; add it to languages, or mend its tag.',
    }))
}

function labelMistakes(topic: unknown, at: number): readonly Mistake[] {
  const labels = memberOf(topic, 'labels')
  const tags = typeof labels === 'object' && labels !== null && !Array.isArray(labels) ? Object.keys(labels) : []
  const pathOf = (nth: number) => ['topics', at, 'labels', tags[nth] ?? '']
  const noTags = tags.flatMap((tag, nth) =>
    languageTagOf(tag) === null
      ? [
          {
            pointer: pointerTo(pathOf(nth)),
            detail: 'A label stands under the tag of its language, such as fa, prs or sr-Latn.',
          },
        ]
      : [],
  )
  return [...noTags, ...twice(tags, pathOf, tagKey)]
}

/** Two tags of one key are one language: `iw` and `he`, `cmn` and `zh`, `FA` and `fa`. */
function tagKey(text: string): string {
  const tag = languageTagOf(text)
  return tag === null ? text : sameLanguageOf(tag)
}

function pathMistake(text: string, path: readonly PropertyKey[]): readonly Mistake[] {
  const tag = text.toLowerCase()
  if (!ownPaths.includes(tag)) return []
  const detail = `/${tag} is an address of the service itself, and the page of this language would never be seen. Use another tag, such as x-${tag}.`
  return [{ pointer: pointerTo(path), detail }]
}

function twice(
  names: readonly (string | null)[],
  pathOf: (at: number) => readonly PropertyKey[],
  keyOf: (name: string) => string,
): readonly Mistake[] {
  const firsts = new Map<string, string>()
  return names.flatMap((name, at) => {
    if (name === null) return []
    const key = keyOf(name)
    const first = firsts.get(key)
    if (first === undefined) {
      firsts.set(key, name)
      return []
    }
    const why = first === name ? 'stands there twice' : `and ${quoted(first)} are one and the same`
    return [{ pointer: pointerTo(pathOf(at)), detail: `${quoted(name)} ${why}; name it once.` }]
  })
}

function listOf(file: unknown, name: string): readonly unknown[] {
  const list = memberOf(file, name)
  return Array.isArray(list) ? list : []
}

function textOf(item: unknown, name: string): string | null {
  const text = memberOf(item, name)
  return typeof text === 'string' ? text : null
}

function memberOf(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return undefined
  return (object as Readonly<Record<string, unknown>>)[name]
}
