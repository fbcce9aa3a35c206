import * as z from 'zod'
import { lookUpTag } from '../locales/tag-lookup.ts'
import { type Rules, rulesOf, rulesSchema } from './level-rules.ts'
import { nameMistakes, visibleName } from './newsroom-names.ts'
import { type IconName, iconsSchema, type Picture, screenshotsSchema } from './newsroom-pictures.ts'
import { intlLocaleOf, languageTagOf } from './parsing/language-tag.ts'
import { mirrorListFault, mirrorUrlFault } from './parsing/mirror-url.ts'
import { parse } from './parsing/parse.ts'
import { isUtcTime } from './parsing/utc-time.ts'
import { type Template, templateMistakes, templatesSchema } from './templates/newsroom-templates.ts'
import { dirOf, scriptOf } from './text.ts'
import { calendars, choicesOf, type FormatChoice, languageName, numeralSystems } from './writing/formats.ts'

/** A language the newsroom publishes in: its BCP 47 tag, its name in itself, its direction and its script. */
export type Language = {
  readonly tag: string
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
  readonly script: string
  /** The calendar and the numerals of its readers, where the newsroom does not take those of CLDR. */
  readonly calendar?: FormatChoice['calendar']
  readonly numerals?: FormatChoice['numerals']
}

/** A subject a reader can choose, with its label in as many languages as the newsroom gave. */
export type Topic = { readonly id: string; readonly labels: Readonly<Record<string, string>> }

/** The newsroom: its name, the languages and topics that it publishes in, and how long an alert stays news. */
export type Newsroom = {
  readonly name: string
  /** The name under an icon, where the other is too long for it. */
  readonly shortName?: string
  /** Its own icons, and what its page looks like: for who installs it. */
  readonly icons?: Readonly<Partial<Record<IconName, Picture>>>
  readonly screenshots?: readonly Picture[]
  readonly languages: readonly Language[]
  readonly topics: readonly Topic[]
  /** Seconds from a change to the default expiry, by level, where the editor gives no `expiresAt`. */
  readonly expirySeconds: { readonly flash: number; readonly urgent: number; readonly routine: number }
  /** Where a language is read: a zone of the IANA database, by language tag. The desk says what hour it is there. */
  readonly zones?: Readonly<Record<string, string>>
  /** What the newsroom adds to the page on privacy: paragraphs, by language tag. */
  readonly privacy?: Readonly<Record<string, readonly string[]>>
  /** Where else what is published can be read: addresses of folders with plain files, which anybody may run. */
  readonly mirrors?: readonly string[]
  /** When that list was changed (RFC 3339, UTC): of several lists readers' devices take the newest. Absent: nobody has said. */
  readonly mirrorsAt?: string
  /** What is asked before an alert may leave: approvals, holds, roles. */
  readonly rules: Rules
  /** Prepared wording, by kind of event. */
  readonly templates: readonly Template[]
}

const languageTag = z.string().transform((text, context) => {
  const tag = languageTagOf(text)
  if (tag === null)
    context.issues.push({
      code: 'custom',
      message: 'A BCP 47 tag is wanted, such as fa, prs, sr-Latn or be-tarask.',
      input: text,
    })
  return tag ?? text
})

function labelsByTag<Label>(labels: Readonly<Record<string, Label>>): Record<string, Label> {
  return Object.fromEntries(Object.entries(labels).map(([tag, label]) => [languageTagOf(tag) ?? tag, label]))
}

/** A text in which `fault` finds nothing wrong. */
function faultless(fault: (text: string) => string | null) {
  return z.string().superRefine((text, context) => {
    const message = fault(text)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
}

/** Push services keep a message for four weeks at most. */
const seconds = z.int().min(60).max(2_419_200)

/** The newsroom's JSON file, as an operator writes it. */
export const newsroomSchema = z.strictObject({
  name: visibleName(100),
  shortName: visibleName(30).optional(),
  icons: iconsSchema.optional(),
  screenshots: screenshotsSchema.optional(),
  languages: z
    .array(
      z
        .strictObject({
          tag: languageTag,
          name: visibleName(60).optional(),
          dir: z.enum(['ltr', 'rtl']).optional(),
          script: z
            .string()
            .regex(/^[A-Z][a-z]{3}$/, { error: 'A script of ISO 15924 is wanted, such as Arab, Cyrl or Latn.' })
            .optional(),
          zone: z
            .string()
            .refine(isZone, { error: 'A time zone of the IANA database is wanted, such as Asia/Tehran.' })
            .optional(),
          calendar: z.enum(calendars).optional(),
          numerals: z.enum(numeralSystems).optional(),
        })
        .superRefine(refuseUnknownFormats),
    )
    .min(1)
    .max(40),
  topics: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'Lower-case letters, digits and hyphens, at most 40.' }),
        labels: z.record(z.string(), visibleName(60)).transform(labelsByTag),
      }),
    )
    .max(200)
    .default([]),
  expirySeconds: z
    .strictObject({
      flash: seconds.default(3_600),
      urgent: seconds.default(14_400),
      routine: seconds.default(86_400),
    })
    .default({ flash: 3_600, urgent: 14_400, routine: 86_400 }),
  privacy: z
    .record(z.string(), z.array(visibleName(1_000)).min(1).max(20))
    .transform(labelsByTag)
    .default({}),
  mirrors: z
    .array(faultless(mirrorUrlFault))
    .superRefine((urls, context) => {
      const message = mirrorListFault(urls)
      if (message !== null) context.addIssue({ code: 'custom', message })
    })
    .default([]),
  mirrorsAt: z
    .string()
    .refine(isUtcTime, { error: 'A time of RFC 3339 in UTC is wanted, such as 2026-03-01T12:00:00Z.' })
    .optional(),
  rules: rulesSchema.optional(),
  templates: templatesSchema,
})

/** Reads a newsroom file. Throws a Problem naming every mistake. */
export function parseNewsroom(input: unknown): Newsroom {
  const file = parse(newsroomSchema, input, 'newsroom file', (raw) => [...nameMistakes(raw), ...templateMistakes(raw)])
  const { name, shortName, icons, screenshots } = file
  return {
    name,
    ...(shortName === undefined ? {} : { shortName }),
    ...(icons === undefined ? {} : { icons: present(icons) }),
    ...(screenshots === undefined ? {} : { screenshots }),
    languages: file.languages.map(({ tag, name, dir, script, calendar, numerals }) => {
      const usual = usualLanguage(tag)
      return {
        ...{ tag, name: name ?? usual.name, dir: dir ?? usual.dir, script: script ?? usual.script },
        ...(calendar === undefined ? {} : { calendar }),
        ...(numerals === undefined ? {} : { numerals }),
      }
    }),
    topics: file.topics,
    zones: Object.fromEntries(file.languages.flatMap(({ tag, zone }) => (zone === undefined ? [] : [[tag, zone]]))),
    privacy: file.privacy,
    mirrors: file.mirrors,
    ...(file.mirrorsAt === undefined ? {} : { mirrorsAt: new Date(file.mirrorsAt).toISOString() }),
    expirySeconds: file.expirySeconds,
    rules: rulesOf(file.rules),
    templates: file.templates,
  }
}

/** The icons that are there, without keys for the others. */
function present(icons: Readonly<Partial<Record<IconName, Picture | undefined>>>): NonNullable<Newsroom['icons']> {
  return Object.fromEntries(Object.entries(icons).flatMap(([name, it]) => (it === undefined ? [] : [[name, it]])))
}

/** What a language has no months or digits of cannot be written: it would be left aside without a word. */
function refuseUnknownFormats(
  { tag, calendar, numerals }: FormatChoice,
  context: { readonly issues: { push: (issue: z.core.$ZodRawIssue) => unknown } },
): void {
  const offered = choicesOf(tag) ?? { calendars: ['gregorian'], numerals: ['latn'] }
  const refuse = (path: string, chosen: string | undefined, known: readonly string[]) => {
    if (chosen === undefined || known.includes(chosen)) return
    const message = `Of ${tag} this is known here: ${known.join(', ')}.`
    context.issues.push({ code: 'custom', path: [path], message, input: chosen })
  }
  refuse('calendar', calendar, offered.calendars)
  refuse('numerals', numerals, offered.numerals)
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

/** A language made from its tag alone, such as one that the newsroom has dropped. */
export function usualLanguage(tag: string): Language {
  return { tag, name: nameOf(tag), dir: dirOf(tag), script: scriptOf(tag) }
}

/**
 * A language's name in the language itself; the tag where it is not known. Of a language without a table it is the engine's,
 * which another engine may not have.
 */
function nameOf(tag: string): string {
  const known = languageName(tag)
  const locale = intlLocaleOf(tag)
  if (known !== undefined || locale === null) return known ?? tag
  return new Intl.DisplayNames([locale], { type: 'language' }).of(new Intl.Locale(locale).baseName) ?? tag
}

/** The language with this tag, whatever its case; undefined when the newsroom does not publish in it. */
export function languageOf<Known extends { readonly tag: string }>(
  newsroom: { readonly languages: readonly Known[] },
  tag: string,
): Known | undefined {
  const wanted = tag.toLowerCase()
  return newsroom.languages.find((language) => language.tag.toLowerCase() === wanted)
}

/** A topic's label, and whether it is English for want of one in the language. */
export type TopicLabel = { readonly text: string; readonly isEnglish: boolean }

/** A topic's label in a language (under its own tag or one that stands for it), else in English, else its id. */
export function topicLabel({ id, labels }: Topic, language: string): TopicLabel {
  const tag = lookUpTag(language, Object.keys(labels))
  if (tag !== undefined) return { text: labels[tag] ?? id, isEnglish: false }
  return labels.en === undefined ? { text: id, isEnglish: false } : { text: labels.en, isEnglish: true }
}
