import { html } from 'hono/html'
import { render } from '../../domain/alert.ts'
import type { Image, Rendered } from '../../domain/alert-types.ts'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { numberText } from '../../domain/writing/number-text.ts'
import { hasTextIn, kindIn } from '../../log/language-status.ts'
import type { Entry } from '../../log/log.ts'
import { footOf, markOf, noteOf, strikeThroughIf } from './alert-card.ts'
import { alertScript } from './built-assets.ts'
import { newsArticle } from './news-article.ts'
import { homeOf, masthead, notFoundMain, shell } from './page-shell.ts'
import type { Html, PageWords } from './page-words.ts'
import { timeIn } from './time-element.ts'

type AlertPage = {
  readonly newsroom: Newsroom
  readonly words: PageWords
  /** The newest entries of the alert, oldest first; the last one has a text in the words' language. */
  readonly history: readonly [Entry, ...Entry[]]
  readonly origin: string
}

/** The permanent page of an alert: its current state and its history. */
export function alertPage({ newsroom, words, history, origin }: AlertPage): Html {
  const { alert } = history.at(-1) ?? history[0]
  const { language } = words
  const text = render(alert, language, newsroom)
  const retracted = text.status === 'retracted'
  // For the record a retracted alert keeps its summary here, struck out; nowhere else.
  const summary = alert.texts[language]?.summary
  const languages = Object.keys(alert.texts).filter((tag) => languageOf(newsroom, tag))
  const address = (tag: string) => `/${tag}/alerts/${alert.id}`
  const picture = pictureOf(text, origin)
  const canonical = `${origin}${address(language)}`
  const lead = text.status === 'corrected' || retracted ? `${words.text(text.status)}: ` : ''
  return shell({
    newsroom,
    words,
    title: `${lead}${text.headline} · ${newsroom.name}`,
    description: retracted ? words.text('retractedNotice') : text.summary || text.headline,
    canonical,
    article: {
      ...{ publishedAt: text.publishedAt, changedAt: text.changedAt, picture },
      data: newsArticle({
        ...{ newsroom, words, text, history, origin, canonical },
        ...{ headline: `${lead}${text.headline}`, picture: picture?.url ?? null },
      }),
    },
    alternates: new Map(languages.map((tag) => [tag, `${origin}${address(tag)}`])),
    feeds: languageOf(newsroom, language) !== undefined,
    script: alertScript,
    forScript: { language, formats: words.formats },
    main: html`${masthead(newsroom, words, (tag) => (languages.includes(tag) ? address(tag) : `/${tag}/`))}
<main id="main" class="narrow">
<article class="alert whole" data-id="${alert.id}" data-version="${alert.version}" data-level="${text.level}" data-status="${text.status}">
<p class="meta"><span class="level">${words.translate(text.level)}</span> ${markOf(text, words)} ${timeIn(words, text.changedAt)}</p>
${retracted ? html`<p class="retraction" role="note"><strong>${words.translate('retractedNotice')}</strong></p>` : ''}
<h1 class="headline">${strikeThroughIf(retracted, text.headline)}</h1>
${noteOf(text, words)}
${summary ? html`<p class="summary">${strikeThroughIf(retracted, summary)}</p>` : ''}
${picture === null ? '' : html`<img class="picture" src="${picture.url}" alt="${picture.alt}" loading="lazy">`}
${footOf(text, newsroom, words)}
</article>
${historyOf(history, newsroom, words)}
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
<p id="announce" class="visually-hidden" role="status" aria-live="polite"></p>
</main>`,
  })
}

/** Only an image of our own origin is shown. Another server would learn the reader's IP address. */
function pictureOf({ image, status }: Rendered, origin: string): Image | null {
  return image === undefined || status === 'retracted' || new URL(image.url).origin !== origin ? null : image
}

/** What was done to the alert in this language, newest first. Of a retracted alert every text is struck out. */
function historyOf(history: AlertPage['history'], newsroom: Newsroom, words: PageWords): Html {
  const retracted = history.at(-1)?.alert.status === 'retracted'
  const { language } = words
  const shown = history
    .filter((entry) => Object.hasOwn(entry.alert.texts, language) && hasTextIn(entry, language))
    .toReversed()
  return html`<section class="history"><h2>${words.translate('history')}</h2>
<ol reversed>${shown.map((entry) => version(entry, newsroom, words, retracted))}</ol></section>`
}

function version(entry: Entry, newsroom: Newsroom, words: PageWords, retracted: boolean): Html {
  const { alert, at } = entry
  const kind = kindIn(entry, words.language)
  const number = numberText(words.formats, alert.version)
  const text = Object.hasOwn(alert.texts, words.language) ? render(alert, words.language, newsroom) : null
  const what =
    kind === 'alert'
      ? words.translate('published')
      : words.translate(alert.status === 'live' ? 'published' : alert.status)
  return html`<li data-kind="${kind}"><p class="meta"><strong>${what}</strong> ${timeIn(words, at)} <span class="version">${words.translate('version', { n: number })}</span></p>
${text ? noteOf(text, words) : ''}
${text && kind !== 'retraction' ? html`<p class="headline">${strikeThroughIf(retracted, text.headline)}</p>${text.summary ? html`<p class="summary">${strikeThroughIf(retracted, text.summary)}</p>` : ''}` : ''}</li>`
}

/** The page of an alert that has no text in the page's language: links to its other languages. */
export function otherLanguagesPage(alert: Entry['alert'], newsroom: Newsroom, words: PageWords): Html {
  const languages = newsroom.languages.filter(({ tag }) => Object.hasOwn(alert.texts, tag))
  return shell({
    newsroom,
    words,
    title: `${words.text('notFound')} · ${newsroom.name}`,
    main: notFoundMain(
      newsroom,
      words,
      html`<p>${words.translate('otherLanguages')}</p><ul class="plain">${languages.map(
        ({ tag, name, dir }) =>
          html`<li><a href="/${tag}/alerts/${alert.id}" hreflang="${tag}" lang="${tag}" dir="${dir}">${name}</a></li>`,
      )}</ul>`,
    ),
  })
}
