// Which of some tags stands for a language (BCP 47): the words, tables and labels of a language are all found by this.

type Form = {
  /** One spelling for one language: without the script and the region that it has anyway. */
  readonly key: string
  /** The script that it is written in, by CLDR's likely subtags or `writtenIn`; '' where that is not known. */
  readonly script: string
  /** The key of the language in that script, without a region; '' where the script is not known. */
  readonly usual: string
}

/** The script of a tag that names none, where our files and CLDR's likely subtags differ: Crimean Tatar is Cyrillic there. */
const writtenIn: ReadonlyMap<string, string> = new Map([['crh', 'Latn']])

/** What was found of a tag is kept: pages ask for the same few again and again. */
const formsMax = 2_000
const forms = new Map<string, Form>()

/**
 * A form that two tags of one language share, to compare by: `he` for `iw`, `zh` for `cmn`, `zh-cmn` and `ZH`. Not to be
 * shown or stored: it is `fa-AF` for `prs`, which readers know by its own tag.
 */
export function sameLanguageOf(tag: string): string {
  // An extended language is the same as that language by itself (RFC 5646 §4.5).
  const plain = tag.replace(/^[a-z]{2,3}-(?=[a-z]{3}(?:-|$))/i, '')
  try {
    return Intl.getCanonicalLocales(plain)[0] ?? plain.toLowerCase()
  } catch {
    return plain.toLowerCase()
  }
}

/**
 * The one of `known` that stands for a language; undefined: none. It is the tag itself, or what RFC 4647 §3.4 finds by
 * shortening it from its end, where each step also finds other spellings (`prs` for `fa-AF`, `sr` for `sr-Cyrl`); at last the
 * language in the script that the region writes (`sr-Latn` for `sr-ME`). It is never one in another script.
 */
export function lookUpTag(tag: string, known: readonly string[]): string | undefined {
  if (known.includes(tag)) return tag
  const { script, usual } = formOf(tag)
  const offered = known.filter((it) => formOf(it).script === script)
  if (offered.length === 0) return undefined
  for (let range = tag; range !== ''; range = shortened(range)) {
    const [spelt, { key }] = [range.toLowerCase(), formOf(range)]
    const found = offered.find((it) => it.toLowerCase() === spelt) ?? offered.find((it) => formOf(it).key === key)
    if (found !== undefined) return found
  }
  return usual === '' ? undefined : offered.find((it) => formOf(it).key === usual)
}

/** A tag without its last subtag, and without the singleton that led to it. */
function shortened(tag: string): string {
  return tag.replace(/(?:^|-)[^-]+$/, '').replace(/(?:^|-).$/, '')
}

function formOf(tag: string): Form {
  const before = forms.get(tag)
  if (before !== undefined) return before
  if (forms.size >= formsMax) forms.clear()
  const form = readForm(sameLanguageOf(tag))
  forms.set(tag, form)
  return form
}

function readForm(same: string): Form {
  try {
    const locale = new Intl.Locale(same)
    const key = locale.minimize().toString().toLowerCase()
    const script = locale.script ?? writtenIn.get(locale.language) ?? locale.maximize().script ?? ''
    const usual = script === '' ? '' : new Intl.Locale(locale.language, { script }).minimize().toString().toLowerCase()
    return { key, script, usual }
  } catch {
    return { key: same.toLowerCase(), script: '', usual: '' }
  }
}
