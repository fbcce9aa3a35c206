import { html, raw } from 'hono/html'
import type { Newsroom } from '../../domain/newsroom.ts'
import type { MirrorList, Signed } from '../../signing/statements.ts'
import { forAlertScript } from '../pages/alert-page.ts'
import { alertScript } from '../pages/built-assets.ts'
import { homeOf, masthead, shell } from '../pages/page-shell.ts'
import type { Html, PageWords } from '../pages/page-words.ts'

/**
 * What a browser shows without a connection in the place of a page that it has not kept. Readers come to it by their service
 * worker alone (`src/web/service-worker/kept-pages.ts`), which also takes its words from it: the line above a page that was
 * kept, with an empty `<time>` in it, the action of a notification, what a push says that cannot be verified, and where alerts are
 * from that a mirror had. It has the signed list of mirrors besides. In the place of an alert's page its script asks the mirrors
 * for that alert, and the service once it is back.
 */
export function offlinePage(newsroom: Newsroom, words: PageWords, mirrors: Signed<MirrorList>): Html {
  const [before, after] = String(words.translate('keptAt')).split('{time}')
  // Paragraphs of their own: the first ends with the time, in some languages without a full stop.
  const kept = html`<section class="notice"><p>${raw(before ?? '')}<time></time>${raw(after ?? '')}</p><p><a href="">${words.translate('missed')}</a></p></section>`
  return shell({
    newsroom,
    words,
    title: `${words.text('title')} · ${newsroom.name}`,
    script: alertScript,
    forScript: forAlertScript(newsroom, words),
    main: html`${masthead(newsroom, words, (tag) => `/${tag}/`)}
<main id="main" class="narrow" data-kept="${String(kept)}" data-mute="${words.text('muteToday')}" data-unverified="${words.text('unverified')}" data-mirror="${words.text('fromMirror')}" data-mirrors="${JSON.stringify(mirrors)}">
<p id="missed" class="notice" hidden></p>
<h1>${words.translate('notKept')}</h1>
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
<p id="announce" class="visually-hidden" role="status" aria-live="polite"></p>
</main>`,
  })
}
