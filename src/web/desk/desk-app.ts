import type { Alert } from '../../domain/alert-types.ts'
import type { ProblemBody } from '../../domain/problem.ts'
import { byId, make, setChildren } from '../shared/dom.ts'
import { insertPart, pageConfig } from '../shared/page-config.ts'
import { showLocalTimes } from '../shared/times.ts'
import { offerAccount } from './account/offer-account.ts'
import { deskPush, followNotifications } from './account/push-browser.ts'
import { showAlarms } from './desk-alarms.ts'
import { DeskBoard } from './desk-board.ts'
import type { DeskConfig } from './desk-config.ts'
import { type Freshness, freshnessOf } from './desk-freshness.ts'
import { DeskList } from './desk-list.ts'
import { followDesk } from './desk-live.ts'
import { DeskPause } from './desk-pause.ts'
import { DeskSession } from './desk-session.ts'
import { hideChanged } from './editing/desk-changed.ts'
import { revisionOf } from './editing/desk-draft.ts'
import { askToRetract } from './editing/desk-retract.ts'
import { askToStop } from './editing/desk-stop.ts'
import { offerPasting } from './editing/paste-article.ts'
import type { DeskEditor } from './state/desk-state.ts'
import { DeskStatus } from './state/desk-status.ts'
import { deskLanguage, setDeskWords, t, tParts } from './state/desk-words.ts'
import { offerTemplates } from './templates/offer-templates.ts'

const config = pageConfig<DeskConfig>()
setDeskWords(config.words)
insertPart('desk-parts', config.parts.desk)
const status = new DeskStatus(byId('desk-message', HTMLElement))

let role = ''
const board = new DeskBoard({
  config,
  status,
  isSignedOut,
  published: (alertId) => list.refresh({ watch: alertId }),
  trust: showTrust,
  again: () => void look(),
})
const list = new DeskList({
  isSignedOut,
  say: (words, about) => status.say(words, about),
  revise: (alert, kind) => void revise(alert, kind),
  // Writers revise, which needs an editor's approval; they neither stop nor retract.
  mayDo: (label) => role !== 'writer' || label === 'Correct' || label === 'Update',
  retract: (alert) =>
    askToRetract(alert, {
      config,
      done: () => void afterwards(alert, t('retracted')),
      focusBack: () => list.focus(alert.id, 'Retract'),
      isSignedOut,
    }),
  stop: (alert) =>
    askToStop(alert, {
      config,
      done: (said) => void afterwards(alert, said),
      focusBack: () => list.focus(alert.id, 'Stop pushing'),
      isSignedOut,
    }),
})
const pause = new DeskPause({
  ...{ config, isSignedOut },
  tell: (words) => status.say(words),
  ended: () => board.composing.forgetRefusal('paused'),
})
offerPasting({
  config,
  isSignedOut,
  draft: () => board.composing.draft,
  show: (filled) => board.composing.change(filled),
})
const readTemplates = offerTemplates({
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
const session = new DeskSession(
  open,
  () => board.signedOut(),
  offerAccount({ isSignedOut, push, signedOut: () => session.ask(t('signedOutEverywhere')) }),
)
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
  role = editor.role
  pause.offerTo(role)
  list.offer()
  showTrust('fresh')
  void list.refresh()
  void readTemplates()
  void look()
  board.open(editor)
  // A browser that gives no address now gives one at the next visit.
  void push.begin(editor).catch(() => {})
  unfollow()
  unfollow = followDesk(
    () => {
      list.refreshSoon()
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
  setChildren(line)
  if (trust === 'fresh') {
    board.connected()
    return
  }
  line.append(...tParts(`stale_${trust}`, { time: make('time', { datetime: freshAt }) }), ' ')
  showLocalTimes(line, deskLanguage(), 'full')
  if (trust === 'unanswered') return
  const button = make('button', { type: 'button' }, t('signIn'))
  button.addEventListener('click', () => session.ask(t('stillHere')))
  line.append(button)
}

async function revise(alert: Alert, kind: 'update' | 'correction'): Promise<void> {
  hideChanged()
  await board.composing.begin(revisionOf(alert, kind))
  byId('compose-title', HTMLElement).scrollIntoView({ block: 'start' })
  byId('texts', HTMLElement).querySelector('textarea')?.focus()
}

/** Asks for the key again when the session has ended. No text is lost. */
function isSignedOut({ status }: ProblemBody): boolean {
  if (status !== 401) return false
  for (const dialog of document.querySelectorAll('dialog')) if (dialog.open) dialog.close()
  session.ask(t('sessionEnded'))
  return true
}

async function afterwards(alert: Alert | undefined, said: string): Promise<void> {
  status.say(said)
  await list.refresh(alert === undefined ? {} : { watch: alert.id })
}
