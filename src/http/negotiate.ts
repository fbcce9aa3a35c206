import { parseAccept } from 'hono/utils/accept'
import type { Language } from '../domain/newsroom.ts'
import { sameLanguageOf } from '../locales/tag-lookup.ts'

/**
 * The newsroom's language that an Accept-Language header prefers. Each range is looked up by RFC 4647 §3.4, which shortens
 * it from its end, first among the languages in the script that it is written in (CLDR's likely subtags: `zh-TW` is
 * `zh-Hant`), then in any. Without a match, the newsroom's first that is not refused (`q=0`). A region tells of a script, never of a language.
 */
export function negotiate(header: string | undefined, languages: readonly [Language, ...Language[]]): Language {
  const offered = languages.map((language) => ({ language, ...readTag(language.tag) }))
  const refused = new Set<string>()
  for (const { type, q } of parseAccept((header ?? '').slice(0, 1_000))) {
    const range = readTag(type)
    if (q <= 0) {
      refused.add(range.tag)
      continue
    }
    const inScript = offered.filter((it) => it.spoken === range.spoken && it.script === range.script)
    const found =
      lookUp(range.tag, inScript) ?? inScript[0] ?? lookUp(range.tag, offered) ?? inAnyScript(range, offered)
    if (found) return found.language
  }
  return offered.find(({ tag }) => !refused.has(tag))?.language ?? languages[0]
}

type Tag = {
  /** One spelling for one language, in lower case. */
  readonly tag: string
  /** Its first subtag. */
  readonly spoken: string
  /** The script that it is written in; '' where that is not known. */
  readonly script: string
  /** Whether the tag itself names its script. */
  readonly namesScript: boolean
}

function lookUp<Offered extends Tag>(range: string, offered: readonly Offered[]): Offered | undefined {
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const found = offered.find((it) => it.tag === tag)
    if (found) return found
  }
  return undefined
}

/** What there is of a language: `sr-Latn` for `sr`, which is Cyrillic elsewhere. Who names a script is not given another. */
function inAnyScript<Offered extends Tag>(range: Tag, offered: readonly Offered[]): Offered | undefined {
  return range.namesScript ? undefined : offered.find(({ spoken }) => spoken === range.spoken)
}

/** Reads a tag. `fa-AF` is the same as `prs`, and `no` as `nb`, which CLDR takes for two. */
function readTag(text: string): Tag {
  const same = sameLanguageOf(text.replaceAll('_', '-')).replace(/^no(?=-|$)/, 'nb')
  try {
    const locale = new Intl.Locale(same)
    const { script = '' } = locale.maximize()
    return { tag: same.toLowerCase(), spoken: locale.language, script, namesScript: locale.script !== undefined }
  } catch {
    return { tag: same.toLowerCase(), spoken: same.toLowerCase().split('-')[0] ?? '', script: '', namesScript: false }
  }
}
