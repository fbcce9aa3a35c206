import { html, raw } from 'hono/html'
import { render } from '../domain/alert.ts'
import type { Alert } from '../domain/alert-types.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import { footOf, markOf, noteOf, strikeThroughIf } from '../http/pages/alert-card.ts'
import type { Html, PageWords } from '../http/pages/page-words.ts'
import { timeIn } from '../http/pages/time-element.ts'
import { exportStyle } from './export-style.ts'

/** What all pages of an export are made of. */
export type ExportedPages = {
  readonly newsroom: Newsroom
  /** As of when, in RFC 3339. */
  readonly at: string
  /** Where else the same can be read: the newsroom's own page and its mirrors. */
  readonly addresses: readonly string[]
  /** The base64 SHA-256 of the style, for the content security policy. */
  readonly styleHash: string
}

/** The newest alerts of a language: `{lang}/index.html`. At most `bytesMax` long, with as many of the newest as fit, but one. */
export function exportedLanguage(
  pages: ExportedPages,
  words: PageWords,
  alerts: readonly Alert[],
  bytesMax: number,
): Uint8Array {
  const cards = alerts.map((alert) => String(alertItem(alert, words, pages.newsroom)))
  const bytesOf = (count: number) => utf8Bytes(languagePage(pages, words, cards.slice(0, count)))
  let count = cards.length
  let bytes = bytesOf(count)
  while (bytes.length > bytesMax && count > 1) {
    count -= Math.max(1, Math.floor((count * (bytes.length - bytesMax)) / bytes.length))
    count = Math.max(1, count)
    bytes = bytesOf(count)
  }
  return bytes
}

/** The languages: `index.html`, in the words of the newsroom's first one. */
export function exportedLanguages(pages: ExportedPages, words: PageWords): Uint8Array {
  const main = html`<h1>${words.translate('title')}</h1>
${copyNote(pages, words)}
${languageLinks(pages.newsroom, (tag) => `${tag}/index.html`)}
${aboutCopy(pages, words, 'index.html')}`
  return utf8Bytes(document(pages, words, { title: words.text('title'), up: '', main }))
}

function languagePage(pages: ExportedPages, words: PageWords, cards: readonly string[]): Html {
  const { language } = words
  const list =
    cards.length === 0
      ? html`<p>${words.translate('none')}</p>`
      : html`<ol class="alerts">${raw(cards.join('\n'))}</ol>`
  const main = html`<h1>${words.translate('latest')}</h1>
${copyNote(pages, words)}
${list}
<p><a href="../bundles/${language}.json">${words.translate('signedFile')}</a></p>
${aboutCopy(pages, words, `${language}/index.html`)}
<h2 id="languages">${words.translate('languages')}</h2>
${languageLinks(pages.newsroom, (tag) => `../${tag}/index.html`)}`
  return document(pages, words, { title: words.text('title'), up: '../', main })
}

type Document = {
  readonly title: string /** The way to the folder of the export. */
  readonly up: string
  readonly main: Html
}

/** Complete by itself: nothing is fetched, no script runs, and no address that it leads to is told where its reader came from. */
function document({ newsroom, styleHash }: ExportedPages, words: PageWords, { title, up, main }: Document): Html {
  return html`<!doctype html>
<html lang="${words.language}" dir="${words.dir}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · ${newsroom.name}</title>
<style>${raw(exportStyle)}</style>
</head>
<body>
<header><a class="name" href="${up}index.html"><bdi>${newsroom.name}</bdi></a>${up === '' ? '' : html` <a href="#languages">${words.translate('languages')}</a>`}</header>
<main>
${main}
</main>
</body>
</html>
`
}

function alertItem(alert: Alert, words: PageWords, newsroom: Newsroom): Html {
  const text = render(alert, words.language, newsroom)
  const retracted = text.status === 'retracted'
  return html`<li><article class="alert" data-level="${text.level}" data-status="${text.status}">
<p class="meta"><span class="level">${words.translate(text.level)}</span> ${markOf(text, words)} ${timeIn(words, text.changedAt)}</p>
<h2 class="headline" lang="${text.language}" dir="${text.dir}">${strikeThroughIf(retracted, text.headline)}</h2>
${noteOf(text, words)}
${text.summary ? html`<p class="summary" lang="${text.language}" dir="${text.dir}">${text.summary}</p>` : ''}
${footOf(text, newsroom, words)}
</article></li>`
}

/** That it is a copy, and of when. */
function copyNote({ at }: ExportedPages, words: PageWords): Html {
  const [before = '', after = ''] = String(words.translate('copyMade')).split('{time}')
  return html`<p class="copy">${raw(before)}${timeIn(words, at)}${raw(after)}</p>`
}

/** Where else to read, and how to find out whether somebody has changed this copy. */
function aboutCopy({ addresses }: ExportedPages, words: PageWords, path: string): Html {
  const links = addresses.map(
    (address) =>
      html`<li><a href="${address}" rel="noopener noreferrer external"><bdi dir="ltr">${address}</bdi></a></li>`,
  )
  return html`${links.length === 0 ? '' : html`<h2>${words.translate('elsewhere')}</h2>\n<ul class="links">${links}</ul>`}
<h2>${words.translate('checkCopy')}</h2>
<p>${words.translate('checkCopyText')}</p>
<pre dir="ltr" lang="en">minisign -V -P KEY -m ${path}</pre>`
}

function languageLinks({ languages }: Newsroom, addressIn: (tag: string) => string): Html {
  return html`<ul class="links">${languages.map(
    ({ tag, name, dir }) =>
      html`<li><a href="${addressIn(tag)}" hreflang="${tag}" lang="${tag}"><bdi dir="${dir}">${name}</bdi></a></li>`,
  )}</ul>`
}

function utf8Bytes(page: Html): Uint8Array {
  if (page instanceof Promise) throw new Error('an exported page cannot wait')
  return new TextEncoder().encode(String(page))
}
