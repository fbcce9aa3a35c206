import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import type { PageWordKey } from '../../locales/locales.ts'
import type { AlertLog } from '../../log/log.ts'
import { pageHeartbeatSecondsDefault } from '../../protocol/terms/page-heartbeat-default.ts'
import type { VapidSettings } from '../../push/crypto/public-vapid.ts'
import { pageLoader, plainScript, readerStyle } from './built-assets.ts'
import type { Html, PageWords } from './page-words.ts'

/**
 * What pages and feeds are made of. `publicUrl`: the origin that readers see; null: the request's own. `now`: Unix
 * milliseconds.
 */
export type PagesDeps = {
  readonly newsroom: Newsroom
  readonly log: Pick<AlertLog, 'recent' | 'history' | 'bounds'>
  readonly vapid: Pick<VapidSettings, 'publicKey'>
  readonly publicUrl: string | null
  /** The seconds between the heartbeats that pages in sight ask for where there are mirrors; 0: they ask for none. Absent: the pages know. */
  readonly pageHeartbeatSeconds?: number | undefined
  readonly now: () => number
}

/** One page: the content of its head and its body. */
export type Page = {
  readonly newsroom: Newsroom
  readonly words: PageWords
  readonly title: string
  readonly description?: string
  /** The page's own permanent address, absolute; none for pages that should not be found. */
  readonly canonical?: string
  /** The same page in other languages: absolute addresses by language tag. */
  readonly alternates?: ReadonlyMap<string, string>
  /** Of an alert's page. */
  readonly article?: {
    readonly publishedAt: string
    readonly changedAt: string
    readonly picture: { readonly url: string; readonly alt: string } | null
    /** For other programs, as JSON-LD. */
    readonly data: object
  }
  /** The query of the feeds of the page's language, from `?` on; '' for all that is in them; absent: it has none. */
  readonly feeds?: string
  /** Whether its main part is the list of alerts. */
  readonly list?: boolean
  /** Its own script, and what that imports; else the one that only hides what the page is, where the reader has chosen so. */
  readonly script?: readonly string[]
  /** Of the desk: its script, and a style sheet besides the one of every page. Readers' pages have theirs within. */
  readonly desk?: { readonly script: string; readonly style: string }
  /** What the script needs to know. */
  readonly forScript?: object
  readonly main: Html
}

/** The origin that links are made with: the operator's, else the request's own. */
export function originOf(c: Context, deps: Pick<PagesDeps, 'publicUrl'>): string {
  return deps.publicUrl?.replace(/\/+$/, '') ?? new URL(c.req.url).origin
}

/** A whole HTML document. Inline are only the readers' style sheet and loader, by the hashes that the content security policy names. */
export function shell(page: Page): Html {
  const { newsroom, words } = page
  return html`<!doctype html>
<html lang="${words.language}" dir="${words.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${page.title}</title>
${page.description ? html`<meta name="description" content="${page.description}">` : ''}
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#14171a" media="(prefers-color-scheme: dark)">
<meta name="theme-color" content="#fbfaf7">
<meta name="referrer" content="no-referrer">
${page.desk ? html`<link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="${page.desk.style}">` : html`<style>${raw(readerStyle)}</style>`}
<link rel="icon" href="/icons/icon.svg">
<link rel="apple-touch-icon" href="/icons/${newsroom.icons?.['icon-180'] ? 'own/' : ''}icon-180.png">
<link rel="manifest" href="${homeOf(newsroom, words)}manifest.webmanifest">
${
  page.canonical
    ? html`<link rel="canonical" href="${page.canonical}">
<meta property="og:type" content="${page.article ? 'article' : 'website'}">
<meta property="og:site_name" content="${newsroom.name}">
<meta property="og:title" content="${page.title}">
<meta property="og:description" content="${page.description ?? ''}">
<meta property="og:url" content="${page.canonical}">${page.article ? articleTags(page.article) : ''}`
    : html`<meta name="robots" content="noindex">`
}
${[...(page.alternates ?? [])].map(([tag, address]) => html`<link rel="alternate" hreflang="${tag}" href="${address}">`)}
${page.feeds === undefined ? '' : feedLinks(page)}
${page.forScript ? html`<script type="application/json" id="tocsin">${raw(jsonIn(page.forScript))}</script>` : ''}
${page.desk ? html`<script type="module" src="${page.desk.script}"></script>` : html`<script data-parts="${(page.script ?? plainScript).join(' ')}">${raw(pageLoader)}</script>`}
</head>
<body>
<a class="skip" href="#main">${words.translate(page.list || !words.has('skipToText') ? 'skip' : 'skipToText')}</a>
${page.main}
${page.desk ? '' : foot(newsroom, words)}
</body>
</html>`
}

/** What is shown of a link to an alert (https://ogp.me/#type_article), and the data of its page. */
function articleTags({ publishedAt, changedAt, picture, data }: NonNullable<Page['article']>): Html {
  return html`
<meta property="article:published_time" content="${publishedAt}">
<meta property="article:modified_time" content="${changedAt}">
${picture === null ? '' : html`<meta property="og:image" content="${picture.url}"><meta property="og:image:alt" content="${picture.alt}">`}
<script type="application/ld+json">${raw(jsonIn(data))}</script>`
}

/** JSON as the content of a script element, which is data: `<` could end the element, and may be written as an escape. */
function jsonIn(data: object): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}

function feedLinks({ newsroom, words, feeds = '' }: Page): Html {
  return html`<link rel="alternate" type="application/atom+xml" title="${newsroom.name}" href="/feeds/${words.language}.atom${feeds}">
<link rel="alternate" type="application/feed+json" title="${newsroom.name}" href="/feeds/${words.language}.json${feeds}">`
}

/** The foot of every page of readers. */
function foot(newsroom: Newsroom, words: PageWords): Html {
  const home = homeOf(newsroom, words)
  return html`<footer class="page-foot"><a href="${home}privacy">${words.translate('privacy')}</a></footer>`
}

/** Where a page's language begins; a language that the newsroom has dropped has only the way to the others. */
export function homeOf(newsroom: Newsroom, { language }: PageWords): string {
  return languageOf(newsroom, language) === undefined ? '/' : `/${language}/`
}

/** The bell and the newsroom's name at the top, the languages beside it: `addressIn` gives where each one leads. */
export function masthead(newsroom: Newsroom, words: PageWords, addressIn: (tag: string) => string): Html {
  return html`<header class="masthead">
<a class="name" href="${homeOf(newsroom, words)}"><svg class="bell" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M16 3a2 2 0 0 1 2 2v.6c4 .9 6.7 4.3 6.7 8.6 0 5 1.3 7.2 3 8.9.6.6.2 1.7-.7 1.7H5c-.9 0-1.3-1.1-.7-1.7 1.7-1.7 3-3.9 3-8.9 0-4.3 2.7-7.7 6.7-8.6V5a2 2 0 0 1 2-2z"/><path d="M12.5 26.5h7a3.5 3.5 0 0 1-7 0z"/></svg><bdi>${newsroom.name}</bdi></a>
${newsroom.languages.length > 1 ? languageMenu(newsroom, words, addressIn) : ''}
</header>`
}

function languageMenu(newsroom: Newsroom, words: PageWords, addressIn: (tag: string) => string): Html {
  const here = newsroom.languages.find((it) => it.tag === words.language)
  return html`<details class="languages">
<summary><span class="visually-hidden">${words.translate('languages')}: </span><span lang="${words.language}">${here?.name ?? words.language}</span></summary>
<nav aria-label="${words.text('languages')}"${words.has('languages') ? '' : html` lang="en"`}><ul>
${newsroom.languages.map(
  ({ tag, name, dir }) =>
    html`<li><a href="${addressIn(tag)}" hreflang="${tag}" lang="${tag}"${tag === words.language ? html` aria-current="true"` : ''}><bdi dir="${dir}">${name}</bdi></a></li>`,
)}
</ul></nav>
</details>`
}

/** The page for 404, with a link to the newest alerts. */
export function notFoundMain(newsroom: Newsroom, words: PageWords, more: Html | '' = ''): Html {
  return html`${masthead(newsroom, words, (tag) => `/${tag}/`)}
<main id="main" class="narrow">
<h1>${words.translate('notFound')}</h1>
${more || html`<p>${words.translate('notFoundText')}</p>`}
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
</main>`
}

/**
 * A part of a page as text, which the page's script inserts. Text-only browsers show hidden parts and templates too, so
 * a part that works only with the script is not in the page itself.
 */
export function partForScript(part: Html): string {
  if (part instanceof Promise) throw new Error('a part of a page cannot wait')
  return String(part)
}

/** The words that a script needs, each with whether it is English for want of a translation. */
export function wordsForScript(words: PageWords, keys: readonly PageWordKey[]): object {
  return {
    text: Object.fromEntries(keys.map((key) => [key, words.text(key)])),
    english: keys.filter((key) => !words.has(key)),
  }
}

/**
 * Of a page's main part: tells its script that there are mirrors. Their list is in the page for no connection, because few pages need it
 * and each has to be small. With the seconds between the heartbeats that it asks for, where they are not the usual ones.
 */
export function mirrorsMark({ mirrors = [] }: Newsroom, heartbeatSeconds: number | undefined): Html | '' {
  if (mirrors.length === 0) return ''
  const isUsual = heartbeatSeconds === undefined || heartbeatSeconds === pageHeartbeatSecondsDefault
  return isUsual ? html` data-mirrors` : html` data-mirrors="${heartbeatSeconds}"`
}
