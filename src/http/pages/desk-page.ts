import { html } from 'hono/html'
import { type Newsroom, topicLabel } from '../../domain/newsroom.ts'
import { retractionNotice } from '../../domain/retraction-notice.ts'
import { type DeskWordKey, deskLanguages, english, localeOf } from '../../locales/locales.ts'
import { masthead, partForScript, shell } from './page-shell.ts'
import { type Html, wordsIn } from './page-words.ts'

/** A word of the desk in the page's language. */
type Say = (key: DeskWordKey) => string

/**
 * The desk in a language that has words for it, filled by its script. The page itself has no editor's data: it is sent
 * before the sign-in.
 */
export function deskPage(newsroom: Newsroom, language = 'en'): Html {
  const words = wordsIn(language)
  const text: Readonly<Record<DeskWordKey, string>> = { ...english.desk, ...localeOf(language).desk }
  const say: Say = (key) => text[key]
  return shell({
    newsroom,
    words,
    title: `${say('name')} · ${newsroom.name}`,
    script: '/assets/desk.js',
    style: '/desk.css',
    forScript: {
      parts: { desk: partForScript(deskParts(say)) },
      words: { language, dir: words.dir, text },
      languages: newsroom.languages.map(({ tag, name, dir }) => ({
        ...{ tag, name, dir },
        ...(newsroom.zones?.[tag] === undefined ? {} : { zone: newsroom.zones[tag] }),
      })),
      topics: newsroom.topics.map((topic) => ({ id: topic.id, label: topicLabel(topic, language) })),
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
  const name = (tag: string) => new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
  return html`<p class="small desk-languages">${others.map((tag) => html`<a href="/desk?lang=${tag}" hreflang="${tag}" lang="${tag}">${name(tag)}</a> `)}</p>`
}

/** The content of the desk. The script inserts it, because it does not work without the script. */
function deskParts(say: Say): Html {
  return html`<p id="desk-message" role="status" aria-live="polite"></p>
${signIn(say)}
<div id="desk" hidden>
<div id="desk-now"></div>
${currentState(say)}
<div class="columns"><div><div id="changed-place"></div>${pasting(say)}<div id="templates-place"></div><div id="compose-place"></div></div>
<div class="side"><div id="items-place"></div>${alerts(say)}</div></div>
<p class="small"><button id="help-open" type="button" title="Alt+H">${say('help')}</button></p>
</div>
${confirmation(say)}${retraction(say)}${stopping(say)}${takingBack(say)}${account(say)}${help(say)}`
}

function signIn(say: Say): Html {
  return html`<form id="sign-in" class="panel narrow" hidden>
<h2>${say('signIn')}</h2>
<p class="small">${say('signInHint')}</p>
<input type="text" name="username" value="desk" autocomplete="username" hidden>
<label class="field">${say('yourKey')} <input id="key" type="password" name="key" autocomplete="current-password" required spellcheck="false"></label>
<p class="error" id="sign-in-error" role="alert"></p>
<p class="buttons"><button class="main" type="submit">${say('signIn')}</button></p>
</form>`
}

function currentState(say: Say): Html {
  return html`<p id="stale" class="notice" role="status" aria-live="polite" hidden></p>
<p id="pause" class="notice" role="status" aria-live="polite" hidden></p>
<section id="alarms" class="notice" aria-labelledby="alarms-title" hidden>
<h2 id="alarms-title">${say('alarms')}</h2><ul id="alarm-list" class="warnings"></ul></section>
<form id="pause-form" hidden>
<label class="field" for="pause-scope">${say('killSwitch')}</label>
<p class="buttons"><select id="pause-scope"><option value="">${say('everything')}</option></select>
<input id="pause-reason" type="text" required maxlength="300" autocomplete="off" placeholder="${say('reason')}" aria-label="${say('reason')}">
<button id="pause-turn" type="submit">${say('pause')}</button>
<button id="pause-resume" type="submit" hidden>${say('resume')}</button></p>
<p class="error" id="pause-error" role="alert"></p></form>`
}

function pasting(say: Say): Html {
  return html`<details class="pasting"><summary>${say('pasteTitle')}</summary>
<form id="paste" novalidate>
<p class="label"><label for="paste-text">${say('pasteText')}</label></p>
<textarea id="paste-text" rows="5" dir="auto" spellcheck="false"></textarea>
<p class="field"><label for="paste-language">${say('language')}</label> <select id="paste-language"><option value="">${say('pasteLanguage')}</option></select></p>
<p class="error" id="paste-error" role="alert"></p>
<p class="buttons"><button type="submit">${say('propose')}</button></p>
<ul id="paste-unsure" class="warnings" aria-label="${say('lookTwice')}" aria-live="polite"></ul>
</form></details>`
}

function alerts(say: Say): Html {
  return html`<section class="sent" aria-labelledby="sent-title">
<div class="title"><h2 id="sent-title" tabindex="-1">${say('publishedTitle')}</h2><button id="refresh" type="button">${say('refresh')}</button></div>
<p id="sent-none" class="none" hidden>${say('publishedNone')}</p>
<ol id="sent" class="alerts"></ol></section>`
}

/**
 * A dialog that asks for confirmation before something is sent to readers: see
 * `src/web/desk/editing/confirmation-dialog.ts`.
 */
function dialog(
  id: string,
  middle: Html,
  {
    back,
    send,
    tick,
    more,
  }: { readonly back: string; readonly send: string; readonly tick: string; readonly more?: Html },
): Html {
  return html`<dialog id="${id}" aria-labelledby="${id}-title" aria-describedby="${id}-audience">
<form method="dialog">
<p id="${id}-audience" class="banner"></p>
<h2 id="${id}-title"></h2>
${middle}
<label class="check deliberate" id="${id}-ticked"><input type="checkbox"> <span id="${id}-deliberate">${tick}</span></label>
${more ?? ''}
<p class="error" id="${id}-error" role="alert"></p>
<p class="buttons"><button id="${id}-cancel" value="cancel">${back}</button> <button id="${id}-send" class="main" type="button" disabled>${send}</button></p>
</form></dialog>`
}

/** A flash is confirmed by typing its name: no second click in the same place, and no key that is held down, sends it. */
function confirmation(say: Say): Html {
  const more = html`<label class="field typed" id="confirm-typed" hidden><span id="confirm-word-label"></span>
<input id="confirm-word" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false"></label>`
  return dialog('confirm', html`<div id="confirm-look"></div>`, { back: say('goBack'), send: '', tick: '', more })
}

function retraction(say: Say): Html {
  const middle = html`<p id="retract-what"></p>
<p id="retract-topics"></p>
<p id="retract-reach" aria-live="polite"></p>
<ul id="retract-warnings" class="warnings" aria-label="${say('lookTwice')}"></ul>
<div id="retract-notes"></div>`
  return dialog('retract', middle, { back: say('keepIt'), send: '', tick: '' })
}

function stopping(say: Say): Html {
  return dialog('stop', html`<p id="stop-what"></p><p id="stop-topics"></p>`, {
    back: say('keepPushing'),
    send: say('stopPushing'),
    tick: say('nobodyElse'),
  })
}

/** Asked before what a colleague submitted is taken back. */
function takingBack(say: Say): Html {
  return html`<dialog id="take-back" aria-labelledby="take-back-title" aria-describedby="take-back-audience"><form method="dialog">
<h2 id="take-back-title"></h2>
<p id="take-back-audience"></p>
<p class="buttons"><button id="take-back-leave" value="">${say('takeBackLeave')}</button> <button class="main" value="take">${say('takeBack')}</button></p>
</form></dialog>`
}

/** One's sessions, and for admins the keys and the audit log: filled when it is opened, empty again when it is closed. */
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
