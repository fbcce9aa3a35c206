import type { Language } from '../../domain/newsroom.ts'
import { scriptFits } from '../../domain/text.ts'
import { sameLanguageOf } from '../../locales/tag-lookup.ts'

/** What a text's letters say of its language. */
export type TextLanguage =
  /** One language of the newsroom. */
  | { readonly kind: 'one'; readonly tag: string }
  /** Several, which cannot be told apart here; the likeliest first. */
  | { readonly kind: 'several'; readonly tags: readonly string[] }
  /** Another language (BCP 47), or one of the newsroom's in another script. */
  | { readonly kind: 'other'; readonly tag: string }
  | { readonly kind: 'unknown' }

const lettersMin = 20
/** In a script of several languages. With fewer letters, one in ten texts is taken for another language. */
const sharedScriptLettersMin = 50
/** Read of a text. franc looks at as many code units. */
const readChars = 2_048
/**
 * How much worse a language may fit than the best, and still be as possible: less, the longer the text is. Measured with
 * parts of news in 30 languages: of those with 80 code units and more, the right language was never further behind.
 */
const worseMax = (chars: number) => Math.max(0.02, 6 / chars)
/** The same of languages that are nearly one, however long the text is. */
const nearlyOneWorseMax = 0.12
/** As many languages are named at most. */
const namedMax = 4
const nearlyOne: readonly ReadonlySet<string>[] = [
  new Set(['fa', 'prs']),
  new Set(['bs', 'hr', 'sr']),
  new Set(['ms', 'id']),
]

/** Languages of much news besides the newsroom's own. Of the hundreds that franc knows, rare ones only look like them by chance. */
const worldLanguages =
  'en fr de es pt it nl sv da nb fi pl cs sk sl hr sr bs mk bg ru uk be ro hu sq el tr az tk uz kk ky tg tt ka hy ar fa prs ps ur ku ckb he hi bn ta te th vi id zh ja ko am'.split(
    ' ',
  )

/**
 * Letters that decide where franc's three-letter statistics do not: languages that it has no statistics of, and two whose
 * words are alike and whose alphabets are not. `share`: of all letters, at least.
 */
const letterMarks: readonly { readonly language: string; readonly letters: RegExp; readonly share: number }[] = [
  { language: 'ba', letters: /[ҙҡҫ]/giu, share: 0.015 },
  { language: 'ce', letters: /[Ӏӏ]|(?<=\p{Script=Cyrl})[I1|](?=\p{Script=Cyrl})/giu, share: 0.006 },
  { language: 'crh', letters: /[ñ]/giu, share: 0.004 },
]
const absentLetters: Readonly<Record<string, RegExp>> = {
  crh: /[əäňýžțșőűõãëčćđ]|[aeo]ción/iu,
  ce: /[әөүңқғҳӯҷіїўћђ]/iu,
  mk: /[йщъыьэюяіїўәөү]/iu,
  sr: /[йщъыьэюяіїўәөүñğşəıõãäöüßàéè]/iu,
  bg: /[ыэіїўјљњѓќџәөү]/iu,
  ru: /[іїўјљњѓќџәөүқғҳҷ]/iu,
}

/** Tells a text's language, as far as it can be told. The newsroom's languages count as likelier than others. */
export async function languageOfText(text: string, languages: readonly Language[]): Promise<TextLanguage> {
  const sample = text.slice(0, readChars).toLowerCase()
  const letters = sample.match(/\p{L}/gu)?.length ?? 0
  if (letters < lettersMin) return { kind: 'unknown' }
  const marked = byLetters(sample, letters)
  const close = marked === undefined ? await byStatistics(sample, languages) : [marked]
  const [first] = close
  if (first === undefined) return { kind: 'unknown' }
  const known = close.flatMap((tag) => taggedIn(tag, sample, languages))
  const [only, second] = known
  // The first decides: a text that looks most like Croatian is not proposed as Serbian alone.
  if (only === undefined) return { kind: 'other', tag: first }
  if (second !== undefined) return { kind: 'several', tags: known }
  const isFirst = taggedIn(first, sample, languages).length > 0
  return isFirst && close.length === 1
    ? { kind: 'one', tag: only }
    : { kind: 'several', tags: [only, ...close.filter((tag) => taggedIn(tag, sample, languages).length === 0)] }
}

/** The newsroom's tag of a language, where the newsroom writes it in the text's script. */
function taggedIn(base: string, sample: string, languages: readonly Language[]): readonly string[] {
  return languages
    .filter(({ tag, script }) => isSameLanguage(tag, base) && scriptFits(sample, script))
    .map(({ tag }) => tag)
}

function isSameLanguage(tag: string, base: string): boolean {
  return baseOf(tag) === base
}

/** A language's tag without script and region: `sr` for `sr-Latn`. Dari is one of its own, also as `fa-AF`. */
export function baseOf(tag: string): string {
  const same = sameLanguageOf(tag)
  return /^fa-(?:[a-z]{4}-)?AF\b/i.test(same) ? 'prs' : (same.split('-')[0] ?? same)
}

function byLetters(sample: string, letters: number): string | undefined {
  return letterMarks.find(
    ({ language, letters: marks, share }) =>
      (sample.match(marks)?.length ?? 0) >= share * letters && !isExcluded(language, sample, letters),
  )?.language
}

/** Whether a text has letters that the language does not, more of them than a foreign name brings. */
function isExcluded(language: string, sample: string, letters: number): boolean {
  const absent = absentLetters[language]
  if (absent === undefined) return false
  return (sample.match(new RegExp(absent.source, 'giu'))?.length ?? 0) > 0.008 * letters
}

/** The languages that a text's triples of letters are like, the likeliest first. */
async function byStatistics(sample: string, languages: readonly Language[]): Promise<readonly string[]> {
  // Loaded when it is first used: its tables take 5 MB, and most processes never need them.
  const { francAll } = await import('franc')
  const wanted = new Set([...worldLanguages, ...languages.map(({ tag }) => baseOf(tag))])
  const letters = sample.match(/\p{L}/gu)?.length ?? 0
  const all = francAll(sample)
  if (all.length > 1 && letters < sharedScriptLettersMin) return []
  const ranked = all
    .map(([code, likeness]) => ({ tag: code === 'und' ? 'und' : baseOf(code), likeness }))
    .filter(({ tag }, at, all) => wanted.has(tag) && all.findIndex((it) => it.tag === tag) === at)
    .filter(({ tag }) => !isExcluded(tag, sample, letters))
  const [first] = ranked
  if (first === undefined) return []
  const group = nearlyOne.find((it) => it.has(first.tag))
  // franc compares the triples that a text has, each once, and divides by the text's length: in a long text all would be alike.
  const triples = new Set(Array.from(sample, (_, at) => sample.slice(at, at + 3))).size
  const scale = (sample.length - triples / 2) / triples
  const mostWorse = worseMax(sample.length)
  const isClose = ({ tag, likeness }: { readonly tag: string; readonly likeness: number }) =>
    (first.likeness - likeness) * scale <= (group?.has(tag) ? Math.max(nearlyOneWorseMax, mostWorse) : mostWorse)
  return ranked
    .filter(isClose)
    .slice(0, namedMax)
    .map(({ tag }) => tag)
}
