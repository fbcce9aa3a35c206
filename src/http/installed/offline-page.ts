import { html, raw } from 'hono/html'
import type { Newsroom } from '../../domain/newsroom.ts'
import { homeOf, masthead, shell } from '../pages/page-shell.ts'
import type { Html, PageWords } from '../pages/page-words.ts'

/**
 * What a browser shows without a connection in the place of a page that it has not kept. Readers come to it by their service
 * worker alone (`src/web/service-worker/kept-pages.ts`), which also takes its words from it: the line above a page that was
 * kept, with an empty `<time>` in it, and the action of a notification.
 */
export function offlinePage(newsroom: Newsroom, words: PageWords): Html {
  const [before, after] = String(words.translate('keptAt')).split('{time}')
  const kept = html`<p class="notice">${raw(before ?? '')}<time></time>${raw(after ?? '')} <a href="">${words.translate('missed')}</a></p>`
  return shell({
    newsroom,
    words,
    title: `${words.text('title')} · ${newsroom.name}`,
    main: html`${masthead(newsroom, words, (tag) => `/${tag}/`)}
<main id="main" class="narrow" data-kept="${String(kept)}" data-mute="${words.text('muteToday')}">
<h1>${words.translate('notKept')}</h1>
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
</main>`,
  })
}
