import type { ArticleParts, Found, Remark } from './article-parts.ts'
import { comparable, isProse, lineOf, readCharsMax, stemsOf } from './article-text.ts'

const linesMax = 3_000
const paragraphsMax = 40
const headlineCharsMax = 300
/** A line that was broken to fit a window is at least as long. */
const brokenCharsMin = 40
/** In a text whose lines are all as short, each line goes on with the one before, until an empty one. */
const wrappedCharsMax = 80
/** Lines before the article among which its headline is looked for. */
const candidatesMax = 60
/** The share of a headline's words that its article repeats. */
const sharedMin = 0.4
const address = /https?:\/\/[^\s<>"'“”«»]+/giu

/** What a text proposes that was copied out of a page, a message or a file: with menus before it, captions and more. */
export function partsOfText(text: string): ArticleParts {
  const lines = linesOf(text.slice(0, readCharsMax))
  const often = repeated(lines)
  const isParagraph = (line: string) => isProse(line) && !often.has(comparable(line))
  const paragraphs = lines.filter(isParagraph).slice(0, paragraphsMax)
  const bodyAt = lines.findIndex(isParagraph)
  const before = (bodyAt === -1 ? lines : lines.slice(0, bodyAt)).filter((line) => isHeadline(line, often))
  const { headline: among, isSure } = headlineAmong(before.slice(-candidatesMax), paragraphs.slice(0, 8))
  // Of a text that is neither, the longest line: a single word, if nothing else.
  const headline = among ?? (paragraphs.length > 0 ? undefined : longestOf(lines))
  const remarks: Remark[] = []
  if (headline !== undefined && !isSure)
    remarks.push({
      part: 'headline',
      code: 'article-unsure-headline',
      detail: 'No line before the article says clearly what it is about; check that this is its headline.',
    })
  if (text.length > readCharsMax)
    remarks.push({
      code: 'article-too-long',
      values: { max: readCharsMax },
      detail: `The text is longer than ${readCharsMax} characters; the rest was not read.`,
    })
  return {
    headlines: headline === undefined ? [] : [{ value: headline, source: 'a line of the text' }],
    summaries: [],
    links: linksIn(lines),
    languages: [],
    images: [],
    paragraphs,
    keywords: [],
    remarks,
  }
}

/** The lines of a text. One that was broken in the middle of a sentence, as in mails, is joined again. */
function linesOf(text: string): readonly string[] {
  const raw = text.split(/\r\n?|\n/, linesMax).map((line) => lineOf(line))
  const long = raw.filter(({ length }) => length >= brokenCharsMin)
  const isWrapped = long.length > 1 && long.every(({ length }) => length <= wrappedCharsMax)
  const lines: string[] = []
  let before = ''
  for (const line of raw) {
    const isInside = isWrapped ? line !== '' : /^\p{Ll}/u.test(line) && !/[.!?…:]["'”»]?$/u.test(before)
    const goesOn = before.length >= brokenCharsMin && isInside
    if (goesOn) lines[lines.length - 1] = lineOf(`${lines.at(-1)} ${line}`)
    else if (line !== '') lines.push(line)
    before = line
  }
  return lines
}

/** Lines that stand there more than once: captions under a picture and beside it, entries of menus. */
function repeated(lines: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const again = new Set<string>()
  for (const line of lines) {
    const key = comparable(line)
    if (seen.has(key)) again.add(key)
    seen.add(key)
  }
  return again
}

function longestOf(lines: readonly string[]): string | undefined {
  return lines.reduce<string | undefined>((a, b) => (a === undefined || b.length > a.length ? b : a), undefined)
}

function isHeadline(line: string, often: ReadonlySet<string>): boolean {
  const words = line.match(/[\p{L}\p{M}]{2,}/gu)?.length ?? 0
  if (line.length > headlineCharsMax || /https?:\/\//i.test(line)) return false
  const isDense = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/u.test(line)
  return (words >= 3 || (isDense && line.length >= 8)) && (!often.has(comparable(line)) || line.length < 100)
}

type Headline = { readonly headline: string | undefined; readonly isSure: boolean }

/** The line whose words the article repeats most; of lines that are equally good, the first. */
function headlineAmong(lines: readonly string[], paragraphs: readonly string[]): Headline {
  const body = stemsOf(paragraphs.join(' '))
  const scored = lines.map((line) => {
    const stems = [...stemsOf(line)]
    const shared = stems.filter((stem) => body.has(stem)).length
    return {
      line,
      share: stems.length === 0 ? 0 : shared / stems.length,
      score: shared * Math.min(1, 8 / Math.max(1, stems.length)),
    }
  })
  const best = scored.reduce<(typeof scored)[number] | undefined>(
    (a, b) => (a === undefined || b.score > a.score ? b : a),
    undefined,
  )
  const sure = scored.find(({ share, score }) => share >= sharedMin && score >= 2)
  return { headline: (sure ?? best)?.line, isSure: sure !== undefined || (lines.length === 1 && body.size === 0) }
}

/** The addresses in a text: those that have a line of their own, as a source has it, before those within a sentence. */
function linksIn(lines: readonly string[]): readonly Found[] {
  const own: Found[] = []
  const within: Found[] = []
  for (const line of lines)
    for (const [found] of line.matchAll(address)) {
      const value = found.replace(/[.,;:!?)\]،؛。]+$/u, '')
      const isOwn = line.length - found.length <= 20
      ;(isOwn ? own : within).push({ value, source: isOwn ? 'a line of its own' : 'within the text' })
    }
  return [...own, ...within].slice(0, 50)
}
