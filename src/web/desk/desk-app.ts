import { Fragment, h, render } from 'preact'
import type { Alert } from '../../domain/alert-types.ts'
import type { ProblemBody } from '../../domain/problem.ts'
import { byId } from '../shared/dom.ts'
import { insertPart, pageConfig } from '../shared/page-config.ts'
import { accountOnDemand } from './account/account-on-demand.ts'
import { deskPush, followNotifications } from './account/push-browser.ts'
import { listenToPresses } from './busy-button.ts'
import { showAlarms } from './desk-alarms.ts'
import { DeskBoard } from './desk-board.ts'
import type { DeskConfig } from './desk-config.ts'
import { type Freshness, freshnessOf } from './desk-freshness.ts'
import { followDesk } from './desk-live.ts'
import { offerRetracting } from './dialogs/ask-to-retract.ts'
import { offerStopping } from './dialogs/ask-to-stop.ts'
import { revisionOf } from './editing/desk-draft.ts'
import { toForm } from './editing/form-focus.ts'
import { keepFocus } from './focus-keeper.ts'
import { noticesInSight } from './in-sight.ts'
import { offerPasting } from './paste/offer-pasting.ts'
import { offerPause } from './pause/offer-pause.ts'
import { offerPublished } from './published/offer-published.ts'
import { offerSession } from './session/offer-session.ts'
import type { DeskEditor } from './state/desk-state.ts'
import { DeskStatus } from './state/desk-status.ts'
import { setDeskWords, setNewsroomNames, t } from './state/desk-words.ts'
import { offerTemplates } from './templates/offer-templates.ts'
import { staleView } from './view/service/stale-view.ts'

const config = pageConfig<DeskConfig>()
setDeskWords(config.words)
setNewsroomNames(config)
insertPart('desk-parts', config.parts.desk)
listenToPresses()
const status = new DeskStatus(byId('desk-message', HTMLElement))
const focus = keepFocus(byId('desk', HTMLElement), noticesInSight())

const board = new DeskBoard({
  config,
  status,
  isSignedOut,
  published: (alertId) => published.refresh({ watch: alertId }),
  trust: showTrust,
  again: () => void look(),
  pauseTurned: () => void look(),
})
const retract = offerRetracting({
  ...{ config, isSignedOut },
  done: (alert) => void afterwards(alert, t('retracted')),
  focusBack: ({ id }) => focusPublished(id, 'retract'),
})
const stop = offerStopping({
  ...{ config, isSignedOut },
  done: (alert, said) => void afterwards(alert, said),
  focusBack: ({ id }) => focusPublished(id, 'stop'),
})
const { published, focus: focusPublished } = offerPublished({
  isSignedOut,
  say: (words, about) => status.say(words, about),
  read: (alerts) => {
    board.composing.alertsRead(alerts)
    retract.read(alerts)
  },
  act: (act, alert) => {
    if (act === 'retract') retract.ask(alert)
    else if (act === 'stop') stop(alert)
    else void revise(alert, act === 'correct' ? 'correction' : 'update')
  },
})
const pause = offerPause({
  ...{ config, isSignedOut },
  tell: (words) => status.say(words),
  ended: () => board.composing.forgetRefusal('paused'),
})
const forgetPasted = offerPasting({
  config,
  isSignedOut,
  draft: () => board.composing.draft,
  show: (filled) => board.composing.change(filled),
})
const templates = offerTemplates({
  config,
  isSignedOut,
  draft: () => board.composing.draft,
  show: (filled) => board.composing.change(filled),
})
const lookEveryMs = 15_000
/** While the service does not answer, it is asked more often: what the page says of it must end soon. */
const againMs = 3_000
let again: ReturnType<typeof setTimeout> | undefined
const push = deskPush()
const session = offerSession({
  opened: open,
  focusOf: focus.last,
  ended: () => board.signedOut(),
  say: (words) => status.say(words),
  account: accountOnDemand({
    isSignedOut,
    push,
    signedOut: () => session.askForKey(t('signedOutEverywhere')),
    say: (words) => status.say(words, 'connection'),
  }),
})
board.store.onChange(({ waiting }) => retract.waits(waiting))
let draftKey = board.store.state.draft.key
board.store.onChange(({ draft: { key } }) => {
  if (key === draftKey) return
  draftKey = key
  // What was said of the draft before is not said beside another.
  forgetPasted()
  templates.forget()
})
let unfollow = () => {}
let freshAt = new Date().toISOString()
void session.begin()
followNotifications()
setInterval(() => {
  if (!byId('desk', HTMLElement).hidden && !document.hidden) void look()
}, lookEveryMs)
// When the page becomes visible again, it is refreshed at once.
document.addEventListener('visibilitychange', () => {
  if (!byId('desk', HTMLElement).hidden && !document.hidden) void look()
})

function open(editor: DeskEditor): void {
  pause.offerTo(editor.role)
  published.offer(editor.role)
  showTrust('fresh')
  void published.refresh()
  void templates.read()
  void look()
  board.open(editor)
  // A browser that gives no address now gives one at the next visit.
  void push.begin(editor).catch(() => {})
  unfollow()
  unfollow = followDesk(
    () => {
      published.refreshSoon()
      board.soon()
    },
    () => showTrust('ended'),
  )
}

async function look(): Promise<void> {
  const asked = session.number
  const trust = freshnessOf(await Promise.all([pause.refresh(), showAlarms()]))
  // The end of another session is not shown.
  if (asked === session.number) showTrust(trust)
  clearTimeout(again)
  if (trust === 'unanswered') again = setTimeout(() => void look(), againMs)
}

/** Shows when the page is out of date. The form stays usable, so that no text is lost. */
function showTrust(trust: Freshness): void {
  const line = byId('stale', HTMLElement)
  if (trust === 'fresh') freshAt = new Date().toISOString()
  if (line.dataset.trust === trust) return
  line.dataset.trust = trust
  line.hidden = trust === 'fresh'
  render(
    h(
      Fragment,
      {},
      staleView(trust, freshAt, () => session.askForKey(t('stillHere'))),
    ),
    line,
  )
  if (trust === 'fresh') board.connected()
}

async function revise(alert: Alert, kind: 'update' | 'correction'): Promise<void> {
  await board.composing.begin(revisionOf(alert, kind))
  toForm()
}

/** Asks for the key again when the session has ended. No text is lost. */
function isSignedOut({ status }: ProblemBody): boolean {
  if (status !== 401) return false
  for (const dialog of document.querySelectorAll('dialog')) if (dialog.open) dialog.close()
  session.askForKey(t('sessionEnded'))
  return true
}

async function afterwards(alert: Alert, said: string): Promise<void> {
  status.say(said)
  await published.refresh({ watch: alert.id })
}
