import { html } from 'hono/html'
import { languageOf, type Newsroom, topicLabel, usualLanguage } from '../../domain/newsroom.ts'
import { retractionNotice } from '../../domain/rendering/retraction-notice.ts'
import { languageName } from '../../domain/writing/formats.ts'
import { citiesOf, type DeskWordKey, deskLanguages, english, localeOf } from '../../locales/locales.ts'
import { masthead, partForScript, shell } from './page-shell.ts'
import { type Html, wordsOf } from './page-words.ts'

/** A word of the desk in the page's language. */
type Say = (key: DeskWordKey) => string

/**
 * The desk in a language that has words for it, filled by its script. The page itself has no editor's data: it is sent
 * before the sign-in.
 */
export function deskPage(newsroom: Newsroom, language = 'en'): Html {
  const words = wordsOf(languageOf(newsroom, language) ?? usualLanguage(language))
  const text: Readonly<Record<DeskWordKey, string>> = { ...english.desk, ...localeOf(language).desk }
  const say: Say = (key) => text[key]
  return shell({
    newsroom,
    words,
    title: `${say('name')} · ${newsroom.name}`,
    desk: { script: '/assets/desk.js', style: '/desk.css' },
    forScript: {
      parts: { desk: partForScript(deskParts(say)) },
      words: { language, dir: words.dir, text, formats: words.formats, cities: citiesOf(language) },
      languages: newsroom.languages.map(({ tag, name, dir }) => ({
        ...{ tag, name, dir },
        ...(newsroom.zones?.[tag] === undefined ? {} : { zone: newsroom.zones[tag] }),
      })),
      topics: newsroom.topics.map((topic) => ({ id: topic.id, label: topicLabel(topic, language).text })),
      // Only where it is in the language itself: an English note is not for readers of another.
      retractionNotes: Object.fromEntries(
        newsroom.languages.flatMap(({ tag }) => {
          const notice = retractionNotice(tag)
          return notice === undefined ? [] : [[tag, notice]]
        }),
      ),
    },
    main: html`${masthead({ ...newsroom, languages: [] }, words, () => '/')}
<main id="main" class="desk">
<noscript><p class="notice">${say('needsScript')}</p></noscript>
<div class="title"><h1 id="desk-title" tabindex="-1">${say('name')}</h1><p id="who" class="small" hidden></p></div>
<div id="desk-parts"></div>
${languagesView(language)}
</main>`,
  })
}

function languagesView(language: string): Html {
  const others = deskLanguages.filter((tag) => tag !== language)
  return html`<p class="small desk-languages">${others.map((tag) => html`<a href="/desk?lang=${tag}" hreflang="${tag}" lang="${tag}">${languageName(tag)}</a> `)}</p>`
}

/** The content of the desk. The script inserts it, because it does not work without the script. */
function deskParts(say: Say): Html {
  return html`<p id="desk-message" role="status" aria-live="polite"></p>
<div id="sign-in-place"></div>
<div id="desk" hidden>
<div id="desk-now"></div>
${currentState(say)}
<div class="columns"><div><div id="changed-place"></div><div id="paste-place"></div><div id="templates-place"></div><div id="compose-place"></div></div>
<div class="side"><div id="items-place"></div><div id="published-place"></div></div></div>
<p class="small"><button id="help-open" type="button" title="Alt+H">${say('help')}</button></p>
</div>
${['confirm', 'retract', 'stop', 'take-back'].map(question)}${account(say)}${help(say)}`
}

function currentState(say: Say): Html {
  return html`<p id="stale" class="notice" role="status" aria-live="polite" hidden></p>
<p id="pause" class="notice" role="status" aria-live="polite" hidden></p>
<section id="alarms" class="notice" aria-labelledby="alarms-title" hidden>
<h2 id="alarms-title">${say('alarms')}</h2><ul id="alarm-list" class="warnings"></ul></section>
<div id="pause-place"></div>`
}

/**
 * A dialog that asks before something is sent to readers, stopped or taken back. Its script fills it: see
 * `src/web/desk/dialogs/` and `src/web/desk/items/ask-take-back.ts`.
 */
function question(id: string): Html {
  return html`<dialog id="${id}" aria-labelledby="${id}-title" aria-describedby="${id}-audience"></dialog>`
}

/** One's sessions, and for admins the keys, the webhooks and the audit log: filled when it is opened, empty again when it is closed. */
function account(say: Say): Html {
  return html`<dialog id="account" aria-labelledby="account-title"><div class="account">
<div class="title"><h2 id="account-title" tabindex="-1">${say('account')}</h2><form method="dialog"><button id="account-close" value="close">${say('close')}</button></form></div>
<div id="account-place"></div></div></dialog>`
}

function help(say: Say): Html {
  return html`<dialog id="help" aria-labelledby="help-title"><form method="dialog">
<h2 id="help-title">${say('help')}</h2>
<div id="help-keys"></div>
<label class="check"><input id="single-keys" type="checkbox"> <span>${say('singleKeys')}</span></label>
<p class="buttons"><button class="main" value="close">${say('close')}</button></p>
</form></dialog>`
}
