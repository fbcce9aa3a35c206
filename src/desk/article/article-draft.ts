import * as z from 'zod'
import { alertLimits } from '../../domain/alert.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { httpsUrl } from '../../domain/parsing/fields.ts'
import { parse, quoted } from '../../domain/parsing/parse.ts'
import { invalid, type Mistake } from '../../domain/problem.ts'
import { isVisible, scriptFits } from '../../domain/text.ts'
import { chooseLanguage } from './article-language.ts'
import { chooseLink } from './article-link.ts'
import type { ArticleParts, Remark } from './article-parts.ts'
import { comparable } from './article-text.ts'
import { articleTopics } from './article-topics.ts'
import { partsOfPage } from './page-parts.ts'
import { partsOfText } from './pasted-text.ts'
import { readPage } from './read-page.ts'
import { firstSentence, shortened } from './shorten.ts'
import { visibleText } from './visible-text.ts'

const { headlineMax, summaryMax, imageAltMax } = alertLimits

/** The body of `POST /v1/desk/article`: one of the two. */
export const articleSchema = z.strictObject({
  text: z.string().optional().describe('An article as it was copied, with what stood around it.'),
  html: z.string().optional().describe('The HTML of a page, or a part of one.'),
})

/** What is proposed: headline, summary, link and image can be put into `texts[language]` of an alert as they are. */
export type ArticleDraft = {
  /** A language of the newsroom; null: an editor must choose. */
  readonly language: string | null
  readonly headline: string
  readonly summary: string
  readonly url: string | null
  readonly image?: { readonly url: string; readonly alt: string }
  readonly topics?: readonly string[]
}

/** A draft, and what an editor has to look at: pointers into the answer (RFC 6901), each with a sentence. */
export type ArticleProposal = { readonly draft: ArticleDraft; readonly unsure: readonly Mistake[] }

/**
 * Proposes an alert's text from an article that was pasted. It fetches nothing. Throws a Problem (400) with every
 * mistake, and where there is no text in it. `rest` is awaited between slices of work.
 */
export async function draftArticle(
  input: unknown,
  newsroom: Newsroom,
  rest: () => Promise<void>,
): Promise<ArticleProposal> {
  const { text, html } = parse(articleSchema, input, 'article', (raw) => formMistakes(raw))
  const parts = html === undefined ? partsOfText(text ?? '') : await partsOfHtml(html, rest)
  const headline = chooseHeadline(parts)
  if (headline.value === '')
    throw invalid('article', [{ pointer: html === undefined ? '/text' : '/html', ...whyEmpty(parts) }])
  const summary = chooseSummary(parts, headline.value)
  const body = [...new Set([headline.value, summary.value, ...parts.paragraphs])].join('\n').slice(0, 5_000)
  const language = await chooseLanguage(body, parts.languages, newsroom)
  const link = chooseLink(parts)
  const image = chooseImage(parts)
  const topics = articleTopics(
    newsroom,
    language.tag,
    [headline.value, summary.value, parts.paragraphs[0] ?? ''],
    parts.keywords,
  )
  const remarks: readonly Remark[] = [
    ...(language.unsure === null ? [] : [language.unsure]),
    ...mixed(headline.value, [summary.value, ...parts.paragraphs].join(' ')),
    ...headline.remarks,
    ...summary.remarks,
    ...link.remarks,
    ...(topics.length === 0
      ? []
      : [
          {
            part: 'topics' as const,
            code: 'article-topics',
            detail: 'Chosen because their names stand in the article; check them.',
          },
        ]),
    ...parts.remarks,
  ]
  return {
    draft: {
      language: language.tag,
      headline: headline.value,
      summary: summary.value,
      url: link.url,
      ...(image === undefined ? {} : { image }),
      ...(topics.length === 0 ? {} : { topics }),
    },
    unsure: remarks.map(({ part, ...said }) => ({
      pointer: part === undefined ? '/draft' : `/draft/${part}`,
      ...said,
    })),
  }
}

/** Why nothing is proposed: the page was not read to its text, or has none. */
function whyEmpty({ remarks }: ArticleParts): Pick<Mistake, 'code' | 'detail'> {
  const unread = remarks.find(({ code }) => code === 'article-unread')
  if (unread !== undefined)
    return {
      code: 'article-unread',
      detail: `${unread.detail} There is no text before that. Copy the text of the article instead, with its headline.`,
    }
  return {
    code: 'article-empty',
    detail:
      'There is no text in it that a reader could see. Copy the article with its headline and its first paragraphs.',
  }
}

/** What HTML proposes; where its elements say nothing of its parts, what the text in it does. */
async function partsOfHtml(html: string, rest: () => Promise<void>): Promise<ArticleParts> {
  const parts = partsOfPage(await readPage(html, rest))
  if (chooseHeadline(parts).value !== '') return parts
  await rest()
  const { headlines, paragraphs, remarks } = partsOfText(visibleText(html))
  return { ...parts, headlines, paragraphs, remarks: [...parts.remarks, ...remarks] }
}

/** Mistakes of the two fields together. `input` may have any form; other types are the schema's to refuse. */
function formMistakes(input: unknown): readonly Mistake[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return []
  const given = (['text', 'html'] as const).filter((name) => Object.hasOwn(input, name))
  if (given.length === 0)
    return [
      {
        pointer: '',
        code: 'article-empty',
        detail: 'Give text (an article as it was copied) or html (that of its page).',
      },
    ]
  const empty = given.flatMap((name) => {
    const value = (input as Readonly<Record<string, unknown>>)[name]
    return typeof value === 'string' && !isVisible(value)
      ? [{ pointer: `/${name}`, code: 'article-empty', detail: 'It is empty. Paste the article into it.' }]
      : []
  })
  if (given.length === 1) return empty
  return [
    ...empty,
    {
      pointer: '/html',
      code: 'article-both',
      detail: 'Give text or html, not both: which of the two is meant is not known.',
    },
  ]
}

type Chosen = { readonly value: string; readonly remarks: readonly Remark[] }

function chooseHeadline({ headlines, paragraphs, summaries }: ArticleParts): Chosen {
  const visible = headlines.filter(({ value }) => isVisible(value))
  const [first] = visible
  if (first === undefined) {
    const start = paragraphs[0] ?? summaries[0]?.value ?? ''
    const value = shortened(firstSentence(start, headlineMax) ?? start, headlineMax).text
    return {
      value,
      remarks: [
        {
          part: 'headline',
          code: 'article-no-headline',
          detail: 'No headline was found; this is how the text begins.',
        },
      ],
    }
  }
  const { text, isCut } = shortened(first.value, headlineMax)
  const other = visible.find(({ value }) => !isAlike(value, first.value))
  return {
    value: text,
    remarks: [
      ...(isCut ? [cutRemark('headline', headlineMax)] : []),
      ...(other === undefined
        ? []
        : [
            {
              part: 'headline' as const,
              code: 'article-other-headline',
              values: { other: other.value.slice(0, 200).toWellFormed() },
              detail: `It is from ${first.source}; ${other.source} says ${quoted(other.value)}.`,
            },
          ]),
    ],
  }
}

/** Whether one of two says nothing that the other does not. */
function isAlike(a: string, b: string): boolean {
  const [one, two] = [comparable(a), comparable(b)]
  return one.includes(two) || two.includes(one)
}

function chooseSummary({ summaries, paragraphs }: ArticleParts, headline: string): Chosen {
  const said = summaries.find(({ value }) => isVisible(value) && comparable(value) !== comparable(headline))
  // A headline that is how the text begins is not said a second time.
  const paragraph = paragraphs.map((it) => withoutStart(it, headline)).find((it) => comparable(it).length > 20)
  const whole = said === undefined ? undefined : paragraphs.find((it) => isStartOf(said.value, it))
  const value = whole ?? said?.value ?? paragraph
  if (value === undefined)
    return {
      value: '',
      remarks: [
        { part: 'summary', code: 'article-no-summary', detail: 'No summary was found; write one, or leave it out.' },
      ],
    }
  const { text, isCut } = shortened(value, summaryMax)
  const isBroken = !isCut && /(?:…|\.\.\.)$/.test(text)
  return {
    value: text,
    remarks: [
      ...(isCut ? [cutRemark('summary', summaryMax)] : []),
      ...(isBroken
        ? [
            {
              part: 'summary' as const,
              code: 'article-broken',
              detail: 'It was cut before it came here; finish the sentence.',
            },
          ]
        : []),
      ...(said === undefined
        ? [
            {
              part: 'summary' as const,
              code: 'article-paragraph',
              detail: 'It is the article’s first paragraph; shorten it.',
            },
          ]
        : []),
    ],
  }
}

/** Whether a description is a paragraph's start that was cut: “… signed a deal…”. */
function isStartOf(description: string, paragraph: string): boolean {
  if (!/(?:…|\.\.\.)$/.test(description)) return false
  const start = comparable(description)
  return start.length > 20 && comparable(paragraph).startsWith(start)
}

function withoutStart(paragraph: string, headline: string): string {
  const start = headline.replace(/…$/, '')
  return paragraph.startsWith(start) ? paragraph.slice(start.length).trim() : paragraph
}

function cutRemark(part: 'headline' | 'summary', max: number): Remark {
  return { part, code: 'article-cut', values: { max }, detail: `It was longer than ${max} characters and was cut.` }
}

function chooseImage({ images }: ArticleParts): ArticleDraft['image'] {
  for (const { url, alt } of images) {
    const link = httpsUrl.safeParse(url)
    if (link.success && isVisible(alt)) return { url: link.data, alt: shortened(alt, imageAltMax).text }
  }
  return undefined
}

/** A remark where headline and text are in different scripts: they are of two languages. */
function mixed(headline: string, text: string): readonly Remark[] {
  const scripts = ['Latn', 'Cyrl', 'Arab', 'Hebr', 'Geor', 'Armn', 'Grek', 'Deva', 'Hans']
  const scriptIn = (piece: string) => (/\p{L}/u.test(piece) ? scripts.find((it) => scriptFits(piece, it)) : undefined)
  const [one, two] = [scriptIn(headline), scriptIn(text.slice(0, 5_000))]
  if (one === undefined || two === undefined || one === two) return []
  return [
    {
      part: 'language',
      code: 'article-two-languages',
      detail: `The headline is in the script ${one} and the text in ${two}: they are in two languages.`,
    },
  ]
}
