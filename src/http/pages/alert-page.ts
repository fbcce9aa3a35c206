import { html } from 'hono/html'
import { render } from '../../domain/alert.ts'
import { type Image, levels, type Rendered } from '../../domain/alert-types.ts'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { hasTextIn, kindIn } from '../../domain/rendering/in-language.ts'
import { numberText } from '../../domain/writing/number-text.ts'
import type { PageWordKey } from '../../locales/locales.ts'
import type { Entry } from '../../log/log.ts'
import { footOf, footTemplate, markOf, noteOf, noteTemplate, strikeThroughIf } from './alert-card.ts'
import { alertScript } from './built-assets.ts'
import { newsArticle } from './news-article.ts'
import {
  homeOf,
  masthead,
  mirrorsMark,
  notFoundMain,
  type PagesDeps,
  partForScript,
  shell,
  wordsForScript,
} from './page-shell.ts'
import type { Html, PageWords } from './page-words.ts'
import { timeIn } from './time-element.ts'
import { topicElement } from './topic-labels.ts'

const scriptWords: readonly PageWordKey[] = [
  ...levels,
  'updated',
  'corrected',
  'retracted',
  'published',
  'version',
  'missed',
]

type AlertPage = {
  readonly newsroom: Newsroom
  readonly words: PageWords
  /** The newest entries of the alert, oldest first; the last one has a text in the words' language. */
  readonly history: readonly [Entry, ...Entry[]]
  /** Those of its entries that are listed, oldest first. */
  readonly versions: readonly Entry[]
  readonly epoch: string
  readonly origin: string
  readonly pageHeartbeatSeconds: PagesDeps['pageHeartbeatSeconds']
}

/**
 * The permanent page of an alert: its current state and its history. The page's script fills the templates to the same shape, so what
 * is added here must be added there and in `src/web/reader/filling/alert-article.ts`.
 */
export function alertPage(given: AlertPage): Html {
  const { newsroom, words, history, versions, epoch, origin, pageHeartbeatSeconds } = given
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
        ...{ newsroom, words, text, versions, newest: history.at(-1), epoch, origin, canonical },
        ...{ headline: `${lead}${text.headline}`, picture: picture?.url ?? null },
      }),
    },
    alternates: new Map(languages.map((tag) => [tag, `${origin}${address(tag)}`])),
    ...(languageOf(newsroom, language) === undefined ? {} : { feeds: '' }),
    script: alertScript,
    forScript: forAlertScript(newsroom, words),
    main: html`${masthead(newsroom, words, (tag) => (languages.includes(tag) ? address(tag) : `/${tag}/`))}
<main id="main" class="narrow"${mirrorsMark(newsroom, pageHeartbeatSeconds)}>
<p id="missed" class="notice" hidden></p>
<article class="alert whole" data-id="${alert.id}" data-version="${alert.version}" data-level="${text.level}" data-status="${text.status}">
<p class="meta"><span class="level">${words.translate(text.level)}</span> ${markOf(text, words)} ${timeIn(words, text.changedAt)}</p>
${retracted ? html`<p class="retraction" role="note"><strong>${words.translate('retractedNotice')}</strong></p>` : ''}
<h1 class="headline">${strikeThroughIf(retracted, text.headline)}</h1>
${noteOf(text, words)}
${summary ? html`<p class="summary">${strikeThroughIf(retracted, summary)}</p>` : ''}
${picture === null ? '' : html`<img class="picture" src="${picture.url}" alt="${picture.alt}" loading="lazy">`}
${footOf(text, newsroom, words)}
</article>
${versionsOf(versions, newsroom, words, retracted)}
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
<p id="announce" class="visually-hidden" role="status" aria-live="polite"></p>
</main>`,
  })
}

/** What the script of such a page needs, with which it shows a newer version of the alert, or one that was not in the page. */
export function forAlertScript(newsroom: Newsroom, words: PageWords): object {
  const { language, formats } = words
  return {
    ...{ language, formats },
    topics: Object.fromEntries(
      newsroom.topics.map(({ id }) => [id, partForScript(topicElement(newsroom, language, id))]),
    ),
    words: wordsForScript(words, scriptWords),
    parts: { article: partForScript(articleTemplate(words)) },
  }
}

/** Only an image of our own origin is shown. Another server would learn the reader's IP address. */
function pictureOf({ image, status }: Rendered, origin: string): Image | null {
  return image === undefined || status === 'retracted' || new URL(image.url).origin !== origin ? null : image
}

/**
 * What was done to the alert in this language, newest first, and where it goes on: at the version before the oldest of them. Of a
 * retracted alert every text is struck out.
 */
function versionsOf(entries: readonly Entry[], newsroom: Newsroom, words: PageWords, retracted: boolean): Html {
  const shown = entries.filter(
    (entry) => Object.hasOwn(entry.alert.texts, words.language) && hasTextIn(entry, words.language),
  )
  const oldest = entries[0]?.alert.version ?? 1
  const next = { n: numberText(words.formats, oldest - 1) }
  return html`<section class="history"><h2>${words.translate('history')}</h2>
<ol reversed>${shown.toReversed().map((entry) => version(entry, newsroom, words, retracted))}</ol>
${oldest === 1 ? '' : html`<p><a class="button" href="?before=${oldest}" rel="next">${words.translate('version', next)}</a></p>`}</section>`
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

/** A template: the page's script fills it with a newer version of the alert. */
function articleTemplate(words: PageWords): Html {
  return html`<article class="alert whole">
<p class="meta"><span class="level"></span> <strong class="mark"></strong> <time></time></p>
<p class="retraction" role="note"><strong>${words.translate('retractedNotice')}</strong></p>
<h1 class="headline"></h1>
${noteTemplate(words)}
<p class="summary"></p>
<img class="picture" loading="lazy">
${footTemplate(words)}
</article>`
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
