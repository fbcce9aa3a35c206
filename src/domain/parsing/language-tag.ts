// BCP 47 (RFC 5646): the form of a language's tag, and its usual case. Which subtags are registered is not asked.

const language = '(?<language>[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})'
const script = '(?:-[a-z]{4})?'
const region = '(?:-(?:[a-z]{2}|[0-9]{3}))?'
const variants = '(?<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)'
const extensions = '(?<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)'
const privateUse = 'x(?:-[a-z0-9]{1,8})+'
const pattern = new RegExp(
  `^(?:${language}${script}${region}${variants}${extensions}(?:-${privateUse})?|${privateUse})$`,
)

/** Tags from before the grammar that do not fit it (RFC 5646 §2.1, irregular). */
const irregular: ReadonlySet<string> = new Set([
  ...['en-gb-oed', 'i-ami', 'i-bnn', 'i-default', 'i-enochian', 'i-hak', 'i-klingon', 'i-lux', 'i-mingo', 'i-navajo'],
  ...['i-pwn', 'i-tao', 'i-tay', 'i-tsu', 'sgn-be-fr', 'sgn-be-nl', 'sgn-ch-de'],
])
const charsMax = 100

/** A tag in its usual case (RFC 5646 §2.1.1), whatever case it came in; null when it is no well-formed tag. */
export function languageTagOf(text: string): string | null {
  if (text.length > charsMax) return null
  const tag = text.toLowerCase()
  const found = pattern.exec(tag)
  if (found === null && !irregular.has(tag)) return null
  const { variants = '', extensions = '' } = found?.groups ?? {}
  // Each variant and each extension at most once (§2.2.5, §2.2.6).
  if (hasTwice(variants.split('-').slice(1)) || hasTwice(extensions.match(/-.(?=-)/g) ?? [])) return null
  return cased(tag)
}

function hasTwice(subtags: readonly string[]): boolean {
  return new Set(subtags).size < subtags.length
}

/** Case of subtags (RFC 5646 §2.1.1): upper for a region of two letters, title for a script of four, unless first or after a singleton. */
function cased(tag: string): string {
  let isBehindSingle = false
  const subtags = tag.split('-').map((subtag, at) => {
    const isPlain = at === 0 || isBehindSingle
    if (subtag.length === 1) isBehindSingle = true
    if (isPlain || !/^[a-z]+$/.test(subtag)) return subtag
    if (subtag.length === 2) return subtag.toUpperCase()
    return subtag.length === 4 ? `${subtag.charAt(0).toUpperCase()}${subtag.slice(1)}` : subtag
  })
  return subtags.join('-')
}

/** The known tag nearest to a text: the same in another case or spelling, else one of the same language; undefined: none. */
export function nearestTag(text: string, known: readonly string[]): string | undefined {
  const plain = (tag: string) => tag.trim().toLowerCase().replaceAll('_', '-')
  const asked = plain(text)
  const base = (tag: string) => plain(tag).split('-')[0]
  return known.find((tag) => plain(tag) === asked) ?? known.find((tag) => base(tag) === base(asked))
}

/** The longest prefix of a tag that `Intl` accepts; null: none. `Intl` accepts no private-use, irregular and extended language tags. */
export function intlLocaleOf(tag: string): string | null {
  for (let locale = tag; locale !== ''; locale = locale.replace(/(^|-)[^-]+$/, '')) {
    try {
      return new Intl.Locale(locale) && locale
    } catch {
      // Shortened by its last subtag, it may be one that is known.
    }
  }
  return null
}
