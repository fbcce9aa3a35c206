import { html } from 'hono/html'
import type { Newsroom } from '../../domain/newsroom.ts'
import type { PageWordKey } from '../../locales/locales.ts'
import { homeOf, masthead, partForScript, shell, wordsForScript } from './page-shell.ts'
import type { Html, PageWords } from './page-words.ts'

/** How to allow notifications again, for each browser that does it in a way of its own. The names are not translated. */
const blocked: readonly (readonly [id: string, name: string, key: PageWordKey])[] = [
  ['blocked-chrome-android', 'Chrome · Android', 'helpChromeAndroid'],
  ['blocked-chrome', 'Chrome', 'helpChrome'],
  ['blocked-edge', 'Edge', 'helpEdge'],
  ['blocked-firefox', 'Firefox', 'helpFirefox'],
  ['blocked-firefox-android', 'Firefox · Android', 'helpFirefoxAndroid'],
  ['blocked-samsung', 'Samsung Internet', 'helpSamsung'],
  ['blocked-safari', 'Safari', 'helpSafari'],
  ['blocked-iphone', 'iPhone · iPad', 'helpIphoneBlocked'],
]

/** What can go wrong while notifications are turned on or tried, by the names that the script uses for it. */
const troubles: readonly (readonly [id: string, key: PageWordKey])[] = [
  ['dismissed', 'helpDismissed'],
  ['unreachable', 'helpUnreachable'],
  ['refused', 'helpRefused'],
  ['too-many', 'helpTooMany'],
  ['server', 'helpServer'],
  ['test-nothing', 'testNothing'],
  ['not-kept', 'notStored'],
]

/** The words that scripts of the front page show by themselves. */
const scriptWords: readonly PageWordKey[] = [
  ...([
    'testSent',
    'leftOut',
    'testCame',
    'testsSpent',
    'renewed',
    'quietBoth',
    'dailyWrong',
    'saved',
    'notStored',
  ] as const),
  // What the page says where news cannot be verified.
  ...(['unverified', 'unchecked', 'missed', 'keyChanged', 'keyChangedWhat', 'keyKnown', 'keyNew', 'trustKey'] as const),
]

/**
 * The page that helps with notifications, complete without script. The push panel shows parts of it, by their ids, where a
 * reader needs them; it carries the form of the device's choices too. So the first page is small.
 */
export function helpPage({
  newsroom,
  words,
  origin,
}: {
  readonly newsroom: Newsroom
  readonly words: PageWords
  readonly origin: string
}): Html {
  const path = (tag: string) => `/${tag}/notifications`
  return shell({
    newsroom,
    words,
    title: `${words.text('help')} · ${newsroom.name}`,
    description: words.text('help'),
    canonical: `${origin}${path(words.language)}`,
    alternates: new Map(newsroom.languages.map(({ tag }) => [tag, `${origin}${path(tag)}`])),
    forScript: { words: wordsForScript(words, scriptWords), device: partForScript(deviceForm(words)) },
    main: html`${masthead(newsroom, words, path)}
<main id="main" class="narrow help">
<h1>${words.translate('help')}</h1>
<section><h2>iPhone · iPad</h2>
<ol id="home-screen" class="steps"><li>${words.translate('helpIphone1')}</li><li>${words.translate('helpIphone2')}</li><li>${words.translate('helpIphone3')}</li></ol>
<p id="old-iphone">${words.translate('helpIphoneOld')}</p></section>
<section><h2>${words.translate('helpBlocked')}</h2>
<dl>${blocked.map(([id, name, key]) => html`<dt><bdi>${name}</bdi></dt><dd id="${id}">${words.translate(key)}</dd>\n`)}</dl>
<p id="blocked-other">${words.translate('denied')}</p></section>
<section><h2>${words.translate('helpPrivateTitle')}</h2>
<p id="private">${words.translate('helpPrivate')}</p></section>
<section><h2>${words.translate('unsupported')}</h2>
<p id="unsupported">${words.translate('helpUnsupported')}</p></section>
<section><h2>${words.translate('failed')}</h2>
<ul class="steps">${troubles.map(([id, key]) => html`<li id="${id}">${words.translate(key)}</li>\n`)}</ul></section>
<p><a class="button" href="${homeOf(newsroom, words)}">${words.translate('allAlerts')}</a></p>
</main>`,
  })
}

/** The form of what a reader chooses for this device alone. Only the script can keep it, so it is in no page itself. */
function deviceForm(words: PageWords): Html {
  return html`<form id="device-form" novalidate>
<p class="small">${words.translate('deviceOnly')}</p>
<div class="boxes"><label class="field">${words.translate('quietFrom')} <input type="time" name="quietFrom" aria-describedby="device-message"></label>
<label class="field">${words.translate('quietTo')} <input type="time" name="quietTo" aria-describedby="device-message"></label></div>
<label class="check"><input type="checkbox" name="flashPasses"> <span>${words.translate('flashPasses')}</span></label>
<label class="field">${words.translate('dailyMax')} <input type="number" name="dailyMax" min="0" max="1000" step="1" inputmode="numeric" aria-describedby="device-message"></label>
<p class="buttons"><button type="submit">${words.translate('save')}</button></p>
<p id="device-message" class="small" role="status"></p>
</form>`
}
