import { html } from 'hono/html'
import type { Newsroom } from '../../domain/newsroom.ts'
import { english, localeOf, type PrivacyWordKey } from '../../locales/locales.ts'
import { lookUpTag } from '../../locales/tag-lookup.ts'
import { homeOf, masthead, shell } from './page-shell.ts'
import type { Html, PageWords } from './page-words.ts'

/** The headings of the page, each with what stands below it. `tests/flows/privacy` holds what is said here. */
const sections: readonly (readonly [PrivacyWordKey, readonly PrivacyWordKey[]])[] = [
  ['reading', ['readingStored', 'readingCookies', 'readingOthers', 'readingMemory']],
  ['notifications', ['notificationsStored', 'notificationsEnd', 'notificationsCopies', 'notificationsCarrier']],
  ['browser', ['browserKept', 'browserEnd']],
  ['elsewhere', ['elsewhereLinks', 'elsewhereNetwork', 'elsewhereMirrors', 'elsewhereFeeds']],
]

/** What is stored about a reader and what is not, in plain words. `origin`: of the canonical addresses. */
export function privacyPage(newsroom: Newsroom, words: PageWords, origin: string): Html {
  const { language } = words
  const own = localeOf(language).privacy
  const text = own ?? english.privacy
  const title = words.text('privacy')
  return shell({
    newsroom,
    words,
    title: `${title} · ${newsroom.name}`,
    description: title,
    canonical: `${origin}/${language}/privacy`,
    alternates: new Map(newsroom.languages.map(({ tag }) => [tag, `${origin}/${tag}/privacy`])),
    feeds: '',
    main: html`${masthead(newsroom, words, (tag) => `/${tag}/privacy`)}
<main id="main" class="narrow text">
<h1>${words.translate('privacy')}</h1>
${wordsOfNewsroom(newsroom, language)}
<div${own === undefined ? html` lang="en" dir="ltr"` : ''}>
<p>${text.intro}</p>
${sections.map(
  ([heading, lines]) => html`<h2>${text[heading]}</h2>
<ul>${lines.map((line) => html`<li>${text[line]}</li>`)}</ul>`,
)}
<p class="small">${text.tested}</p>
</div>
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
</main>`,
  })
}

/** What the newsroom's file adds: a paragraph a line, in the page's language, or else in English. */
function wordsOfNewsroom({ privacy = {}, name }: Newsroom, language: string): Html | '' {
  const own = lookUpTag(language, Object.keys(privacy))
  const lines = privacy[own ?? 'en'] ?? []
  if (lines.length === 0) return ''
  const marked = own === undefined ? html` lang="en" dir="ltr"` : ''
  return html`<section class="notice"${marked} aria-labelledby="own-words"><h2 id="own-words"><bdi>${name}</bdi></h2>${lines.map((line) => html`<p>${line}</p>`)}</section>`
}
