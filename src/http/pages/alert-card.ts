import { html } from 'hono/html'
import { render, saysWhatWasWrong } from '../../domain/alert.ts'
import type { Alert, Rendered } from '../../domain/alert-types.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import type { Html, PageWords } from './page-words.ts'
import { timeIn } from './time-element.ts'
import { topicElement } from './topic-labels.ts'

/**
 * One alert in a list. The page's script fills `alertTemplate` to the same shape, so what is added here must be added
 * there and in `src/web/reader/filling/fill-card.ts` or `src/web/reader/list/alert-list.ts`.
 */
export function alertCard(
  alert: Alert,
  language: string,
  { newsroom, words, origin }: { readonly newsroom: Newsroom; readonly words: PageWords; readonly origin: string },
): Html {
  const text = render(alert, language, newsroom)
  const { id, version, level, status } = text
  return html`<article class="alert" data-id="${id}" data-version="${version}" data-level="${level}" data-status="${status}">
<p class="meta"><span class="level">${words.translate(level)}</span> ${markOf(text, words)} ${timeIn(words, text.changedAt)}</p>
<h3 class="headline" lang="${text.language}" dir="${text.dir}"><a href="/${text.language}/alerts/${id}" data-address="${origin}/${text.language}/alerts/${id}">${strikeThroughIf(status === 'retracted', text.headline)}</a></h3>
${noteOf(text, words)}
${text.summary ? html`<p class="summary" lang="${text.language}" dir="${text.dir}">${text.summary}</p>` : ''}
${footOf(text, newsroom, words)}
</article>`
}

/** A retracted text is marked in the document itself, so that it is not news for those who see no style either. */
export function strikeThroughIf(retracted: boolean, text: string): Html {
  return retracted ? html`<s>${text}</s>` : html`${text}`
}

/** The mark of what was done to an alert since it was published. */
export function markOf({ status }: Pick<Alert, 'status'>, words: PageWords): Html | '' {
  return status === 'live' ? '' : html`<strong class="mark">${words.translate(status)}</strong>`
}

/** What was wrong, or what is new, in the alert's language. */
export function noteOf(text: Pick<Rendered, 'note' | 'status' | 'language' | 'dir'>, words: PageWords): Html | '' {
  if (text.note === undefined) return ''
  const lead = saysWhatWasWrong(text) ? html`<strong>${words.translate('whatWasWrong')}</strong> ` : ''
  return html`<p class="note">${lead}<span lang="${text.language}" dir="${text.dir}">${text.note}</span></p>`
}

/** The way to the story, and the topics. A retracted alert leads nowhere. */
export function footOf(text: Rendered, newsroom: Newsroom, words: PageWords): Html | '' {
  const story = text.status === 'retracted' ? undefined : text.url
  if (story === undefined && text.topics.length === 0) return ''
  // White space between the items, for readers without the style sheet.
  return html`<p class="foot">${story ? storyLink(story, words) : ''}${text.topics.map(
    (topic) => html` ${topicElement(newsroom, words.language, topic, 'topic')}`,
  )}</p>`
}

function storyLink(url: string, words: PageWords): Html {
  return html`<a class="story" href="${url}" rel="noreferrer external">${words.translate('fullStory')} <bdi class="host" dir="ltr">${new URL(url).hostname}</bdi></a>`
}

/** A template: the page's script fills a copy for each alert that it receives. */
export function alertTemplate(words: PageWords): Html {
  return html`<li><article class="alert">
<p class="meta"><span class="level"></span> <strong class="mark"></strong> <time></time></p>
<h3 class="headline"><a></a></h3>
${noteTemplate(words)}
<p class="summary"></p>
${footTemplate(words)}
</article></li>`
}

/** A template of what `noteOf` gives. */
export function noteTemplate(words: PageWords): Html {
  return html`<p class="note"><strong>${words.translate('whatWasWrong')}</strong> <span></span></p>`
}

/** A template of what `footOf` gives. */
export function footTemplate(words: PageWords): Html {
  return html`<p class="foot"><a class="story" rel="noreferrer external">${words.translate('fullStory')} <bdi class="host" dir="ltr"></bdi></a></p>`
}
