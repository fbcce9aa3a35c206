import { Parser } from 'htmlparser2'
import type { ArticleParts, Found, Remark } from './article-parts.ts'
import { comparable, isProse, lineOf } from './article-text.ts'
import type { Block, Page } from './read-page.ts'
import { readStructuredData, type StructuredArticle } from './structured-data.ts'

const paragraphsMax = 40
/** More than this share of links makes a block a menu. */
const linkShareMax = 0.4
/** What a page may say of itself that makes it another thing than news. */
const otherKinds: Readonly<Record<string, string>> = {
  AdvertiserContentArticle: 'an advertisement',
  SatiricalArticle: 'satire',
  OpinionNewsArticle: 'an opinion',
}

/** What a page proposes for an alert, from its schema.org data, OpenGraph, other metadata and its text. */
export function partsOfPage(page: Page): ArticleParts {
  const { articles, broken } = readStructuredData(page.structured)
  const meta = (name: string) => plain(page.metas.get(name) ?? '')
  const heading = page.blocks.find((it) => it.isHeading && it.inArticle) ?? page.blocks.find((it) => it.isHeading)
  const site = meta('og:site_name')
  const headlines = found([
    ['og:title', withoutSite(meta('og:title'), site)],
    ['the first heading', heading?.text ?? ''],
    ['schema.org’s microdata', meta('itemprop:headline')],
    ['twitter:title', withoutSite(meta('twitter:title'), site)],
    ['the page’s title', withoutSite(page.title, site)],
  ])
  const article = mainArticle(articles, [...headlines.map(({ value }) => value)])
  const paragraphs = paragraphsOf(page.blocks)
  return {
    headlines: [...found([['schema.org’s data', plain(article?.headline ?? '')]]), ...headlines],
    summaries: found([
      ['schema.org’s data', plain(article?.description ?? '')],
      ['og:description', meta('og:description')],
      ['the page’s description', meta('description')],
      ['schema.org’s microdata', meta('itemprop:description')],
      ['twitter:description', meta('twitter:description')],
    ]),
    links: linksOf(page, article, meta),
    languages: found([
      ['schema.org’s data', article?.language ?? ''],
      ['the page’s lang', page.language],
      ['og:locale', meta('og:locale')],
      ['its Content-Language', meta('http-equiv:content-language').split(',')[0] ?? ''],
      ['schema.org’s microdata', meta('itemprop:inlanguage')],
    ]),
    images: imagesOf(article, meta),
    paragraphs,
    keywords: [...(article?.keywords ?? []), ...`${meta('keywords')},${meta('article:section')}`.split(/[,;،]/)]
      .map((it) => it.trim())
      .filter(Boolean),
    remarks: remarksOf(page, articles, article, broken),
  }
}

/** The one that the page is about: that which says what its headings say, else the first. */
function mainArticle(
  articles: readonly StructuredArticle[],
  headlines: readonly string[],
): StructuredArticle | undefined {
  const named = new Set(headlines.map(comparable))
  const titled = articles.filter(({ headline }) => headline !== '')
  return titled.find(({ headline }) => named.has(comparable(headline))) ?? titled[0] ?? articles[0]
}

function linksOf(page: Page, article: StructuredArticle | undefined, meta: (name: string) => string): readonly Found[] {
  const whole = found([
    ['og:url', meta('og:url')],
    ['schema.org’s data', article?.url ?? ''],
    ['where the page was saved from', page.savedFrom],
  ])
  // A relative link is only known with the page's own address.
  const base = [page.base, ...whole.map(({ value }) => value)].find((it) => /^https?:/i.test(it))
  const canonical = plain(page.canonical)
  const resolved = URL.canParse(canonical, base) ? new URL(canonical, base).href : canonical
  return [...found([['the page’s canonical link', /^https?:/i.test(canonical) ? canonical : resolved]]), ...whole]
}

function imagesOf(article: StructuredArticle | undefined, meta: (name: string) => string): ArticleParts['images'] {
  return [
    { url: meta('og:image:secure_url') || meta('og:image') || meta('og:image:url'), alt: meta('og:image:alt') },
    article?.image ?? { url: '', alt: '' },
    { url: meta('twitter:image'), alt: meta('twitter:image:alt') },
  ].filter(({ url, alt }) => url !== '' && alt !== '')
}

function paragraphsOf(blocks: readonly Block[]): readonly string[] {
  const prose = blocks.filter(
    ({ text, linkChars, isHeading }) => !isHeading && isProse(text) && linkChars <= linkShareMax * text.length,
  )
  const inArticle = prose.filter((it) => it.inArticle)
  const chosen = inArticle.length > 0 ? inArticle : prose
  return chosen.slice(0, paragraphsMax).map(({ text }) => text)
}

function remarksOf(
  page: Page,
  articles: readonly StructuredArticle[],
  article: StructuredArticle | undefined,
  broken: number,
): readonly Remark[] {
  const remarks: Remark[] = []
  if (page.unread !== null) remarks.push({ code: 'article-unread', detail: page.unread })
  if (broken > 0) remarks.push({ code: 'article-data', detail: 'Its schema.org data is no JSON, and was passed over.' })
  const others = new Set(articles.map(({ headline }) => comparable(headline)).filter(Boolean))
  if (others.size > 1)
    remarks.push({
      part: 'headline',
      code: 'article-several',
      values: { count: others.size },
      detail: `The page describes ${others.size} articles; check that this is the right one.`,
    })
  const kind = article !== undefined && Object.hasOwn(otherKinds, article.type) ? otherKinds[article.type] : undefined
  if (kind !== undefined)
    remarks.push({ code: 'article-kind', values: { kind }, detail: `The page calls itself ${kind}.` })
  return remarks
}

/** Metadata without what some sites leave in it: tags, and entities that were escaped twice. */
function plain(text: string): string {
  if (!/[<&]/.test(text)) return text
  let out = ''
  const parser = new Parser({
    ontext: (piece) => (out += piece),
    onclosetag: (name) => (out += name === 'br' || name === 'p' ? ' ' : ''),
  })
  parser.end(text)
  return lineOf(out)
}

/** A title without the name of its site: “Headline | Site”. Only a short part behind the last separator, or the name itself, is taken for one. */
function withoutSite(title: string, site: string): string {
  const parts = /^(.*\S)\s+[|–—·»-]\s+([^|–—·»]{1,40})$/u.exec(title)
  const [, before = '', after = ''] = parts ?? []
  if (before === '') return title
  const isSite =
    site !== '' && (comparable(after).includes(comparable(site)) || comparable(site).includes(comparable(after)))
  return isSite || /\s[|»]\s[^|»]+$/u.test(title) ? before : title
}

function found(list: readonly (readonly [source: string, value: string])[]): readonly Found[] {
  return list.filter(([, value]) => value.trim() !== '').map(([source, value]) => ({ source, value: value.trim() }))
}
