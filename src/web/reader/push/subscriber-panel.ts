import '../common-parts.ts'
import { listText } from '../../../domain/writing/list-text.ts'
import { getStored, putStored } from '../../shared/browser-storage.ts'
import { readDeviceChoices, writeDeviceChoices } from '../../shared/device/device-choices.ts'
import { byId, make, setChildren } from '../../shared/dom.ts'
import { isFocusLost } from '../../shared/focus.ts'
import { momentText } from '../../shared/moment-text.ts'
import { setWords } from '../../shared/page-config.ts'
import type { Preferences } from '../../shared/preferences.ts'
import type { Saved } from '../../shared/push-subscription.ts'
import { setDiscreetPage } from '../discreet-page.ts'
import { loadPart } from '../load-part.ts'
import type { PanelView } from './panel-view.ts'
import * as acts from './push-acts.ts'
import { loadHelp } from './push-help.ts'
import { troubleOf } from './push-trouble.ts'

// What the push panel does for a reader who subscribes or has subscribed.

/** How long a test notification may take until the panel says where to look. */
const testSeconds = 20
/** How long the browser's push service may take until the panel says that it cannot be reached. */
const addressSeconds = 20
const lookedName = 'signing-keys-looked'
const lookEachMs = 24 * 60 * 60_000

/** A visit of a reader who has allowed notifications: the subscription is sent again, or what is left of leaving it is done. */
export async function visit(panel: PanelView): Promise<void> {
  const rest = await acts.leaveRest()
  const { step, saved } = await acts.standing(panel.config.vapidPublicKey)
  if (!rest || step === 'off') {
    panel.show('off')
    if (!rest) panel.say('leftLater')
    return
  }
  const { discreet } = await readDeviceChoices()
  if (saved !== null) panel.use({ ...saved.preferences, discreet: discreet || saved.preferences.discreet })
  // What the device does holds, whatever the server was told.
  if (panel.preferences.discreet && !discreet) await keepDiscreet(panel, true).catch(() => {})
  panel.show('on')
  await keepLast(panel)
  await change(panel)
  void lookAtKeys().catch((error: unknown) => console.warn('the keys were not looked at:', error))
}

/** Who is shown no notification any more, because the keys have changed, learns why at the next visit. Once a day, and until it is decided. */
async function lookAtKeys(): Promise<void> {
  const sinceMs = Date.now() - Number(await getStored(lookedName))
  // Without a sign: after a clock was set back it is not known how long ago it was.
  if (Math.abs(sinceMs) < lookEachMs) return
  const { newsCheck } = await loadPart(() => import('../verifying/page-news-check.ts'))
  if (await newsCheck.lookAtKeys()) await putStored(lookedName, Date.now())
}

/**
 * Subscribes, once the browser was asked. A push service that cannot be reached may let the browser try for minutes without a word:
 * after a while the panel says so, and a late success is taken all the same.
 */
export function subscribe(panel: PanelView): Promise<void> {
  panel.say('connecting')
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(panel.explain('unreachable')), addressSeconds * 1_000)
    acts
      .subscribe(panel.config.vapidPublicKey, panel.preferences, () => clearTimeout(timer))
      .then((saved) => showSubscribed(panel, saved))
      .finally(() => clearTimeout(timer))
      // Once the panel has said that it takes long, a failure says nothing more.
      .then(resolve, reject)
  })
}

async function showSubscribed(panel: PanelView, saved: Saved | null): Promise<void> {
  if (saved === null) return setChildren(panel.message)
  const wasAtButton = isFocusLost() || document.activeElement === byId('subscribe', HTMLButtonElement)
  panel.use(saved.preferences)
  panel.show('on')
  await keepLast(panel)
  // The reader may be elsewhere by then.
  if (wasAtButton) byId('unsubscribe', HTMLButtonElement).focus()
}

/** Sends the current interest to the server. The next visit repeats it if this fails. `failed`: what is said then. */
export async function change(panel: PanelView, failed?: string): Promise<void> {
  const { preferences } = panel
  try {
    const saved = await acts.change(panel.config.vapidPublicKey, preferences)
    // Unless the reader has unsubscribed, or made another choice meanwhile.
    if (saved === null || panel.preferences !== preferences) return
    panel.use(saved.preferences)
    await showLeftOut(panel, preferences)
  } catch (error) {
    if (failed === undefined) await explainTrouble(panel, error)
    else panel.say(failed)
  }
}

/** Leaves, in the browser and on the server. */
export async function leave(panel: PanelView): Promise<void> {
  const isDone = await acts.leave()
  await acts.closeShown().catch(() => {})
  panel.show('off')
  if (!isDone) {
    panel.say('leftLater')
    addEventListener('online', () => void acts.leaveRest().catch(() => {}), { once: true })
  }
  byId('subscribe', HTMLButtonElement).focus()
}

/** Sends a test, and says how it went as far as this browser sees it: its service worker notes when a notification comes. */
export async function test(panel: PanelView): Promise<void> {
  const { config, message } = panel
  const before = await getStored('last-came')
  const [{ tested, isRenewed }, { words }] = await Promise.all([
    acts.test(config.vapidPublicKey, panel.preferences),
    loadHelp(config.language),
  ])
  if (tested === 'too-many') return setWords(message, { words }, 'testsSpent')
  if (tested !== 'sent') return panel.explain('server')
  const say = (key: string) => {
    const [line, renewed] = [make('span'), make('span')]
    setWords(line, { words }, key)
    if (isRenewed) setWords(renewed, { words }, 'renewed')
    setChildren(message, line, ' ', renewed)
  }
  say('testSent')
  void waitForTest(before).then(async (hasCome) => {
    if (!panel.isOn) return
    if (!hasCome) return panel.explain('test-nothing')
    say('testCame')
    await showLast(panel)
  })
}

async function waitForTest(before: unknown): Promise<boolean> {
  for (let second = 0; second < testSeconds; second += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    if ((await getStored('last-came')) !== before) return true
  }
  return false
}

/** Discreet mode: on this device at once; the server makes its payloads neutral too, once it can be told. */
export async function setDiscreet(panel: PanelView): Promise<void> {
  const { discreet } = panel.preferences
  const isKept = await keepDiscreet(panel, discreet).then(
    () => true,
    () => false,
  )
  // What is on the screen since before says what it is about, until something comes in its place.
  if (discreet) await acts.closeShown().catch(() => {})
  if (panel.isOn) await change(panel, discreet && isKept ? 'hiddenHere' : undefined)
  if (!isKept) return setWords(panel.message, await loadHelp(panel.config.language), 'notStored')
  setDiscreetPage(discreet, panel.config.words.text.neutralName ?? '')
}

async function keepDiscreet({ config: { discreetTitle } }: PanelView, discreet: boolean): Promise<void> {
  await writeDeviceChoices({ ...(await readDeviceChoices()), discreet, discreetTitle })
}

/** The form of the device's other choices, which comes with the help page. */
export async function openDevice({ config }: PanelView): Promise<void> {
  const place = byId('device-parts', HTMLElement)
  if (place.hasChildNodes()) return
  const [{ showDeviceForm }, help] = await Promise.all([
    loadPart(() => import('./device-form.ts')),
    loadHelp(config.language),
  ])
  await showDeviceForm(help, place)
}

/** What a failure means, and the way out. */
export async function explainTrouble(panel: PanelView, error: unknown): Promise<void> {
  const trouble = troubleOf(error)
  if (trouble === 'denied') return panel.denied()
  if (trouble === 'offline') return panel.say('failed')
  return panel.explain(trouble)
}

/** Says which chosen languages and topics the newsroom has removed: no alert comes for them. */
async function showLeftOut(panel: PanelView, { languages, topics }: Preferences): Promise<void> {
  const { names, topics: labels } = panel.names
  const lost = [...languages.filter((tag) => !(tag in names)), ...topics.filter((id) => !(id in labels))]
  if (lost.length === 0) return
  const { words } = await loadHelp(panel.config.language)
  setWords(panel.message, { words }, 'leftOut', { names: listText(panel.config.formats, lost) })
}

let isFollowed = false

/** Says when the last notification came, and keeps that true while the page is open. */
async function keepLast(panel: PanelView): Promise<void> {
  const show = () => void showLast(panel)
  if (!isFollowed) {
    isFollowed = true
    navigator.serviceWorker.addEventListener('message', show)
    document.addEventListener('visibilitychange', show)
  }
  await showLast(panel)
}

/** A test that the reader asked for is a notification too: the line is there to tell whether any come. */
async function showLast({ config }: PanelView): Promise<void> {
  const at = Date.parse(String(await getStored('last-came')))
  const line = byId('last-came', HTMLElement)
  if (Number.isNaN(at)) return setWords(line, config, 'noneCame')
  const [last, since] = [make('span'), make('span')]
  setWords(last, config, 'lastCame', { time: momentText(at, Date.now(), config.formats) })
  setWords(since, config, 'nothingSince')
  // Each may be in another language than the other: no full stop of one of them stands between.
  setChildren(line, last, ' · ', since)
}
