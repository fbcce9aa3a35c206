import { localeOf } from '../../../src/locales/locales.ts'

/** A random generator that is the same everywhere: numbers from 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A UUIDv7, of the length and randomness of a real one. */
export function randomId(random: () => number): string {
  const hex = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('')
  return `01932f6e-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`
}

/** Characters of a headline and of a summary, about. */
export type Lengths = { readonly headline: number; readonly summary: number }

/**
 * Makes texts that do not repeat each other more than news does: words of the language drawn at random, some more often than others,
 * from the interface's own texts, or from the names of countries and languages where it has none.
 */
export function newsTexts(language: string, random: () => number) {
  const words = wordsOf(language)
  const joint = /^(?:zh|ja|th|lo|km)/.test(language) ? '' : ' '
  const text = (about: number) => {
    const length = about * (0.8 + 0.4 * random())
    let said = ''
    while (said.length < length) said += `${said && joint}${words[Math.floor(random() ** 2 * words.length)]}`
    return said
  }
  let made = 0
  return ({ headline, summary }: Lengths) => {
    made += 1
    return {
      headline: text(headline).slice(0, 200),
      ...(summary === 0 ? {} : { summary: text(summary).slice(0, 1_000) }),
      url: `https://news.example/${language}/${Math.floor(random() * 1e6)}-${made}`,
    }
  }
}

function wordsOf(language: string): readonly string[] {
  const { pages = {}, notifications = {}, privacy = {}, desk = {} } = localeOf(language)
  const own = [pages, notifications, privacy, desk].flatMap((it) => Object.values(it) as string[])
  const texts = own.length > 0 ? own : namesIn(language)
  const cut = new Intl.Segmenter(language, { granularity: 'word' })
  const words = texts.flatMap((text) => [...cut.segment(text)].filter((it) => it.isWordLike))
  return [...new Set(words.map(({ segment }) => segment))]
}

/** The names of all countries and of all languages with a tag of two letters. */
function namesIn(language: string): readonly string[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const codes = letters.flatMap((one) => letters.map((other) => one + other))
  const named = (type: 'region' | 'language') => {
    const names = new Intl.DisplayNames([language], { type, fallback: 'none' })
    return codes.map((code) => names.of(type === 'region' ? code : code.toLowerCase()) ?? '')
  }
  return [...named('region'), ...named('language')]
}
