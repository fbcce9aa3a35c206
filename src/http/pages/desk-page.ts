import { html } from 'hono/html'
import { type Newsroom, topicLabel } from '../../domain/newsroom.ts'
import { retractionNotice } from '../../domain/retraction-notice.ts'
import { masthead, partForScript, shell } from './page-shell.ts'
import { type Html, wordsIn } from './page-words.ts'

/** The desk: in English, filled by its script. The page itself has no editor's data: it is sent before the sign-in. */
export function deskPage(newsroom: Newsroom): Html {
  const words = wordsIn('en', 'ltr')
  return shell({
    newsroom,
    words,
    title: `Desk · ${newsroom.name}`,
    script: '/assets/desk.js',
    forScript: {
      parts: { desk: partForScript(deskParts()) },
      languages: newsroom.languages,
      topics: newsroom.topics.map((topic) => ({ id: topic.id, label: topicLabel(topic, 'en') })),
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
<noscript><p class="notice">The desk needs JavaScript: turn it on for this page and reload.</p></noscript>
<div class="title"><h1 id="desk-title" tabindex="-1">Desk</h1><p id="who" class="small" hidden></p></div>
<div id="desk-parts"></div>
</main>`,
  })
}

/** The content of the desk. The script inserts it, because it does not work without the script. */
function deskParts(): Html {
  return html`<p id="desk-message" role="status" aria-live="polite"></p>
${signIn()}
<div id="desk" hidden>
${currentState()}
<div class="columns">${compose()}${alerts()}</div>
</div>
${confirmation()}${retraction()}${stopping()}`
}

function signIn(): Html {
  return html`<form id="sign-in" class="panel narrow" hidden>
<h2>Sign in</h2>
<p class="small">What you wrote is kept in this browser and comes back after you sign in.</p>
<input type="text" name="username" value="desk" autocomplete="username" hidden>
<label class="field">Your key <input id="key" type="password" name="key" autocomplete="current-password" required spellcheck="false"></label>
<p class="error" id="sign-in-error" role="alert"></p>
<p class="buttons"><button class="main" type="submit">Sign in</button></p>
</form>`
}

function currentState(): Html {
  return html`<p id="stale" class="notice" role="status" aria-live="polite" hidden></p>
<p id="pause" class="notice" role="status" aria-live="polite" hidden></p>
<section id="alarms" class="notice" aria-labelledby="alarms-title" hidden>
<h2 id="alarms-title">Alarms</h2><ul id="alarm-list" class="warnings"></ul></section>
<form id="pause-form" hidden>
<label class="field" for="pause-scope">Kill switch</label>
<p class="buttons"><select id="pause-scope"><option value="">Everything</option></select>
<input id="pause-reason" type="text" required maxlength="300" autocomplete="off" placeholder="Reason" aria-label="Reason">
<button id="pause-turn" type="submit">Pause</button>
<button id="pause-resume" type="submit" hidden>Resume</button></p>
<p class="error" id="pause-error" role="alert"></p></form>`
}

function compose(): Html {
  return html`<section class="compose" aria-labelledby="compose-title">
<div class="title"><h2 id="compose-title">New alert</h2><button id="discard" type="button">Start afresh</button></div>
<p id="compose-about" class="notice" hidden></p>
${pasting()}
<form id="compose" novalidate>
<fieldset id="level-field" class="choices"><legend>Level</legend>
<label class="check"><input type="radio" name="level" value="flash"> <span><strong>Flash</strong> one line, everyone now</span></label>
<label class="check"><input type="radio" name="level" value="urgent"> <span><strong>Urgent</strong> pushed to phones</span></label>
<label class="check"><input type="radio" name="level" value="routine"> <span><strong>Routine</strong> on the page and in feeds</span></label>
<p class="error" data-pointer="/level"></p></fieldset>
<fieldset id="audience-field" class="choices"><legend>Who gets it</legend>
<label class="check"><input type="radio" name="audience" value="public"> <span><strong>LIVE</strong> every reader who asked</span></label>
<label class="check"><input type="radio" name="audience" value="test"> <span><strong>TEST</strong> editors’ own devices only</span></label>
<p class="error" data-pointer="/audience"></p></fieldset>
<fieldset id="topics-field"><legend>Topics</legend><p class="small">None chosen: every reader of the languages.</p><div id="topics" class="boxes"></div>
<p class="error" data-pointer="/topics"></p></fieldset>
<div id="texts"></div>
<p class="error" data-pointer="/texts"></p>
<p class="field add"><label for="add-language">Add a language</label> <select id="add-language"></select></p>
<p class="error" data-pointer="" role="alert"></p>
<p class="buttons"><button class="main" type="submit" id="preview">Preview and publish…</button> <span id="kept" class="small">Every keystroke is kept in this browser.</span></p>
</form></section>`
}

function pasting(): Html {
  return html`<details><summary>Paste an article</summary>
<form id="paste" novalidate>
<p class="label"><label for="paste-text">Its text, or the HTML of its page</label></p>
<textarea id="paste-text" rows="5" dir="auto" spellcheck="false"></textarea>
<p class="field"><label for="paste-language">Language</label> <select id="paste-language"><option value="">As the article says</option></select></p>
<p class="error" id="paste-error" role="alert"></p>
<p class="buttons"><button type="submit">Propose a text</button></p>
<ul id="paste-unsure" class="warnings" aria-label="Look at these twice" aria-live="polite"></ul>
</form></details>`
}

function alerts(): Html {
  return html`<section class="sent" aria-labelledby="sent-title">
<div class="title"><h2 id="sent-title" tabindex="-1">Published</h2><button id="refresh" type="button">Refresh</button></div>
<p id="sent-none" class="none" hidden>Nothing has been published yet.</p>
<ol id="sent" class="alerts"></ol></section>`
}

/**
 * A dialog that asks for confirmation before something is sent to readers: see
 * `src/web/desk/editing/confirmation-dialog.ts`.
 */
function dialog(id: string, middle: Html, { back, send }: { readonly back: string; readonly send: string }): Html {
  return html`<dialog id="${id}" aria-labelledby="${id}-title" aria-describedby="${id}-audience">
<form method="dialog">
<p id="${id}-audience" class="banner"></p>
<h2 id="${id}-title"></h2>
${middle}
<label class="check deliberate"><input type="checkbox"> <span id="${id}-deliberate">${id === 'stop' ? 'Nobody else is to get this push.' : ''}</span></label>
<p class="error" id="${id}-error" role="alert"></p>
<p class="buttons"><button id="${id}-cancel" value="cancel">${back}</button> <button id="${id}-send" class="main" type="button" disabled>${send}</button></p>
</form></dialog>`
}

function confirmation(): Html {
  const middle = html`<p id="confirm-topics"></p>
<p id="confirm-reach"></p>
<ul id="confirm-warnings" class="warnings" aria-label="Look at these twice"></ul>
<div id="confirm-previews" class="previews"></div>`
  return dialog('confirm', middle, { back: 'Go back', send: '' })
}

function retraction(): Html {
  const middle = html`<p id="retract-what"></p>
<p id="retract-topics"></p>
<p id="retract-reach" aria-live="polite"></p>
<ul id="retract-warnings" class="warnings" aria-label="Look at these twice"></ul>
<div id="retract-notes"></div>`
  return dialog('retract', middle, { back: 'Keep it', send: '' })
}

function stopping(): Html {
  return dialog('stop', html`<p id="stop-what"></p><p id="stop-topics"></p>`, {
    back: 'Keep pushing',
    send: 'Stop pushing',
  })
}
