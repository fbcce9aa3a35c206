import { html } from 'hono/html'
import { type Level, levels } from '../../domain/alert-types.ts'
import { type Interest, matches } from '../../domain/interest.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { english, localeOf, type PageWordKey } from '../../locales/locales.ts'
import type { Cursor } from '../../log/log.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import { choiceQuery } from '../feeds/read-feed.ts'
import { alertCard, alertTemplate } from './alert-card.ts'
import { alertScript, readerScript } from './built-assets.ts'
import type { AlertsPart } from './list/older-alerts.ts'
import { masthead, mirrorsMark, type PagesDeps, partForScript, shell, wordsForScript } from './page-shell.ts'
import type { Html, PageWords } from './page-words.ts'
import { topicElement } from './topic-labels.ts'

const scriptWords: readonly PageWordKey[] = [
  ...(['flash', 'urgent', 'routine', 'updated', 'corrected', 'retracted', 'live', 'connecting', 'waiting'] as const),
  ...(['missed', 'failed', 'lastCame', 'none', 'choiceStays', 'lastDays', 'putFirst', 'topics', 'allTopics'] as const),
  ...(['noneCame', 'nothingSince', 'leftLater', 'hiddenHere', 'neutralName'] as const),
  ...(['filtered', 'allAlerts', 'older'] as const),
]

/** What a reader chose in the page's query: the page's own language is always the first. */
export type Choice = Interest & { readonly languages: readonly string[] }

/**
 * Reads the choice from a page's query, `?languages=…&topics=…&level=…`, lists repeated or with commas. What the
 * newsroom does not know is left out: an old bookmark still opens.
 */
export function choiceOf(query: URLSearchParams, language: string, newsroom: Newsroom): Choice {
  const named = (name: string) =>
    new Set(query.getAll(name).flatMap((value) => value.split(',').map((item) => item.trim())))
  const [languages, topics, wantedLevels] = [named('languages'), named('topics'), named('level')]
  const also = newsroom.languages.map((it) => it.tag).filter((tag) => languages.has(tag))
  const level = levels.find((it) => wantedLevels.has(it)) ?? 'routine'
  return {
    audience: 'public',
    languages: [...new Set([language, ...also])],
    topics: newsroom.topics.map((topic) => topic.id).filter((id) => topics.has(id)),
    level,
  }
}

/** A page with a list of alerts. */
type ListPage = AlertsPart & {
  readonly newsroom: Newsroom
  readonly words: PageWords
  readonly choice: Choice
  readonly origin: string
}

/**
 * The alerts before those of another page. It stays as it was read, so that it has no stream; with each new alert it is
 * another part, so that it is not to be found by search engines, though the alerts that it leads to are.
 */
export function olderAlertsPage(page: ListPage): Html {
  const { newsroom, words, choice } = page
  const { language, formats } = words
  return shell({
    newsroom,
    words,
    title: `${words.text('older')} · ${newsroom.name}`,
    feeds: choiceQuery(choice),
    list: true,
    script: alertScript,
    forScript: { language, formats },
    main: html`${masthead(newsroom, words, (tag) => `/${tag}/`)}
<main id="main" class="narrow">
<h1 class="visually-hidden">${words.translate('title')}</h1>
<h2 class="large">${words.translate('older')}</h2>
${filteredNote(page)}
${alertList(page)}
<p><a class="button" href="/${language}/${choicePageQuery(choice)}">${words.translate('latest')}</a></p>
</main>`,
  })
}

/** The reader page: the newest alerts of an interest, the form for the interest, and the push panel. */
export function readerPage(
  page: ListPage & {
    /** The cursor from which the script streams. It is read before the entries. */
    readonly cursor: Cursor
    readonly vapidPublicKey: string
    readonly pageHeartbeatSeconds: PagesDeps['pageHeartbeatSeconds']
  },
): Html {
  const { newsroom, words, choice, origin } = page
  const { language } = words
  return shell({
    newsroom,
    words,
    title: `${words.text('title')} · ${newsroom.name}`,
    description: words.text('title'),
    canonical: `${origin}/${language}/`,
    alternates: new Map(newsroom.languages.map(({ tag }) => [tag, `${origin}/${tag}/`])),
    feeds: choiceQuery(choice),
    list: true,
    script: readerScript,
    forScript: {
      language,
      formats: words.formats,
      cursor: formatCursor(page.cursor),
      vapidPublicKey: page.vapidPublicKey,
      // The names of the others are in the menu and the form.
      languageName: newsroom.languages.find(({ tag }) => tag === language)?.name ?? language,
      words: wordsForScript(words, scriptWords),
      discreetTitle: localeOf(language).notifications?.discreet ?? english.notifications.discreet,
      parts: { push: partForScript(pushParts(words)), card: partForScript(alertTemplate(words)) },
    },
    main: html`${masthead(newsroom, words, (tag) => `/${tag}/`)}
<div class="columns">
<main id="main"${mirrorsMark(newsroom, page.pageHeartbeatSeconds)}>
<h1 class="visually-hidden">${words.translate('title')}</h1>
<div class="title"><h2 id="latest" class="large" tabindex="-1">${words.translate('latest')}</h2><p id="connection" role="status" hidden></p></div>
<p class="jump"><a class="button" href="#push">${words.translate('getAlerts')}</a></p>
<p id="announce" class="visually-hidden" role="status" aria-live="polite"></p>
<p id="announce-flash" class="visually-hidden" role="alert" aria-live="assertive"></p>
<p id="missed" class="notice" hidden></p>
${filteredNote(page)}
${alertList(page)}
</main>
<aside>
${pushPanel(words)}
${choiceForm(newsroom, words, choice)}
<section class="panel feeds"><h2>${words.translate('feeds')}</h2>
<p><a href="/feeds/${language}.atom${choiceQuery(choice)}" type="application/atom+xml">Atom</a> <a href="/feeds/${language}.json${choiceQuery(choice)}" type="application/feed+json">JSON Feed</a></p></section>
</aside>
</div>`,
  })
}

/** The choice as the query of a page, from `?` on; '' for all that is in the page's language. */
function choicePageQuery(choice: Choice, more = {}): string {
  const [, ...others] = choice.languages
  return choiceQuery(choice, { ...(others.length > 0 ? { languages: others.join(',') } : {}), ...more })
}

/** Says that not all is shown, and which part: empty otherwise, because browsers without a style sheet show what is hidden. */
function filteredNote({ newsroom, words, choice }: ListPage): Html {
  const level = choice.level === 'routine' ? '' : words.translate(levelWords[choice.level])
  if (choice.topics.length === 0 && level === '') return html`<p id="filtered" class="notice foot" hidden></p>`
  const names = [
    ...choice.topics.map((topic) => topicElement(newsroom, words.language, topic, 'topic')),
    ...(level === '' ? [] : [html`<bdi class="topic">${level}</bdi>`]),
  ]
  return html`<p id="filtered" class="notice foot"><span>${words.translate('filtered')}</span>${names.map(
    (name) => html` ${name}`,
  )} <a href="/${words.language}/">${words.translate('allAlerts')}</a></p>`
}

function alertList({ newsroom, words, choice, entries, next, origin }: ListPage): Html {
  const cards = entries.flatMap(({ alert }) => {
    const language = matches(choice, alert)
    return language === null ? [] : [html`<li>${alertCard(alert, language, { newsroom, words, origin })}</li>`]
  })
  return html`<p id="none" class="none"${cards.length > 0 ? html` hidden` : ''}>${cards.length > 0 ? '' : words.translate('none')}</p>
<ol id="alerts" class="alerts" reversed>${cards}</ol>
<p id="older">${next === null ? '' : html`<a class="button" href="${choicePageQuery(choice, { before: next })}" rel="next">${words.translate('older')}</a>`}</p>`
}

const levelWords = { routine: 'levelRoutine', urgent: 'levelUrgent', flash: 'levelFlash' } as const

function levelOptions(words: PageWords, offered: readonly Level[], chosen: Level): Html[] {
  // An option holds no markup, so that it names its language itself where the words are English.
  return offered.map((level) => {
    const key = levelWords[level]
    return html`<option value="${level}"${words.has(key) ? '' : html` lang="en" dir="ltr"`}${level === chosen ? html` selected` : ''}>${words.text(key)}</option>`
  })
}

function pushPanel(words: PageWords): Html {
  return html`<section class="panel push" id="push" data-state="unknown">
<h2 tabindex="-1">${words.translate('getAlerts')}</h2>
<p>${words.translate('whatComes')}</p>
<div id="push-parts"><p class="notice late">${words.translate('needsScript')}</p></div>
<p id="push-message" class="small" role="status"></p>
</section>`
}

/** What the push panel shows once its script knows the state of the subscription. */
function pushParts(words: PageWords): Html {
  return html`<form id="push-form" data-when="off on" hidden>
<label class="field">${words.translate('level')} <select name="level">${levelOptions(words, ['urgent', 'flash', 'routine'], 'urgent')}</select></label>
<div><p id="push-order" class="small" hidden>${words.translate('languageOrder')}</p><ol id="push-languages" class="order"></ol>
<p class="small"><span id="push-topics"></span> <a href="#choice">${words.translate('choose')}</a></p></div>
<label class="check"><input type="checkbox" name="discreet"> <span>${words.translate('discreet')}</span></label>
<button id="subscribe" class="main" type="button" data-when="off"><span>${words.translate('subscribe')}</span> <span id="push-often" class="small"></span></button>
<div data-when="on"><p class="on">${words.translate('subscribed')}</p><p id="last-came" class="small"></p>
<p class="buttons"><button id="test-push" type="button">${words.translate('test')}</button> <button id="unsubscribe" type="button">${words.translate('unsubscribe')}</button></p></div>
</form>
<div id="push-help" class="notice" role="status"></div>
<details id="device" class="choice" data-when="off on" hidden><summary><h3>${words.translate('device')}</h3></summary><div id="device-parts"></div></details>
<p class="small"><a href="/${words.language}/notifications">${words.translate('help')}</a></p>`
}

function choiceForm(newsroom: Newsroom, words: PageWords, choice: Choice): Html {
  const others = newsroom.languages.filter((it) => it.tag !== words.language)
  const box = (name: string, value: string, checked: boolean, label: Html) =>
    html`<label class="check"><input type="checkbox" name="${name}" value="${value}"${checked ? html` checked` : ''}> ${label}</label>\n`
  return html`<details class="panel choice" id="choice"><summary><h2>${words.translate('choose')}</h2></summary>
<form id="choice-form" method="get" action="/${words.language}/">
${
  newsroom.topics.length > 0
    ? html`<fieldset><legend>${words.translate('topics')}</legend><p class="small">${words.translate('topicsHint')}</p><div class="boxes">${newsroom.topics.map(
        (topic) =>
          box('topics', topic.id, choice.topics.includes(topic.id), topicElement(newsroom, words.language, topic.id)),
      )}</div></fieldset>`
    : ''
}
<label class="field">${words.translate('level')} <select name="level">${levelOptions(words, ['routine', 'urgent', 'flash'], choice.level)}</select></label>
${
  others.length > 0
    ? html`<fieldset><legend>${words.translate('alsoIn')}</legend><div class="boxes">${others.map(({ tag, name }) =>
        box('languages', tag, choice.languages.includes(tag), html`<bdi lang="${tag}">${name}</bdi>`),
      )}</div></fieldset>`
    : ''
}
<p class="buttons"><button class="main" type="submit">${words.translate('apply')}</button> <span id="choice-stays" class="small"></span></p>
</form></details>`
}
