import type { Alert } from '../../domain/alert-types.ts'
import type { ProblemBody } from '../../domain/problem.ts'
import { byId, make, setChildren } from '../shared/dom.ts'
import { insertPart, pageConfig } from '../shared/page-config.ts'
import { showLocalTimes } from '../shared/times.ts'
import { showAlarms } from './desk-alarms.ts'
import { call } from './desk-api.ts'
import type { DeskConfig } from './desk-config.ts'
import { type Freshness, freshnessOf, staleTexts } from './desk-freshness.ts'
import { DeskList } from './desk-list.ts'
import { followDesk } from './desk-live.ts'
import { DeskPause } from './desk-pause.ts'
import { type DeskEditor, DeskSession } from './desk-session.ts'
import type { DryRun } from './editing/desk-audience.ts'
import { changedOf, hideChanged, showChanged } from './editing/desk-changed.ts'
import { confirmSending } from './editing/desk-confirm.ts'
import {
  type DeskDraft,
  isBlank,
  isSameWriting,
  keepDraft,
  keptDraft,
  newDraft,
  publishBody,
  rebased,
  revisionOf,
} from './editing/desk-draft.ts'
import { DeskForm } from './editing/desk-form.ts'
import { askToRetract } from './editing/desk-retract.ts'
import { askToStop } from './editing/desk-stop.ts'
import { offerPasting } from './editing/paste-article.ts'

const config = pageConfig<DeskConfig>()
insertPart('desk-parts', config.parts.desk)
const firstLanguage = config.languages[0]?.tag ?? 'en'
const message = byId('desk-message', HTMLElement)
let draft = keptDraft() ?? newDraft(firstLanguage)

const form = new DeskForm(draft, { config, onChange: remember, onSubmit: (written) => void preview(written) })
const list = new DeskList({
  isSignedOut,
  revise,
  retract: (alert) =>
    askToRetract(alert, {
      config,
      done: () => void afterwards(alert, 'Retracted.'),
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
const pause = new DeskPause(config, isSignedOut)
offerPasting({ config, isSignedOut, draft: () => draft, show: begin })
const lookEveryMs = 15_000
const session = new DeskSession(open)
let unfollow = () => {}
let isChecking = false
let freshAt = new Date().toISOString()
byId('discard', HTMLButtonElement).addEventListener('click', () => {
  if (isBlank(draft) || confirm('Discard what is written here?')) begin(newDraft(firstLanguage))
})
if (draft.state === 'sending')
  message.textContent = 'The answer to the last attempt was lost. Publish again: it cannot go out twice.'
void session.begin()
setInterval(() => {
  if (!byId('desk', HTMLElement).hidden && !document.hidden) void look()
}, lookEveryMs)
// When the page becomes visible again, it is refreshed at once.
document.addEventListener('visibilitychange', () => {
  if (!byId('desk', HTMLElement).hidden && !document.hidden) void look()
})

function open({ role }: DeskEditor): void {
  pause.offerTo(role)
  showTrust('fresh')
  void list.refresh()
  void look()
  unfollow()
  unfollow = followDesk(
    () => list.refreshSoon(),
    () => showTrust('ended'),
  )
}

async function look(): Promise<void> {
  const asked = session.number
  const trust = freshnessOf(await Promise.all([pause.refresh(), showAlarms()]))
  // The end of another session is not shown.
  if (asked === session.number) showTrust(trust)
}

/** Shows when the page is out of date. The form stays usable, so that no text is lost. */
function showTrust(trust: Freshness): void {
  const line = byId('stale', HTMLElement)
  if (trust === 'fresh') freshAt = new Date().toISOString()
  if (line.dataset.trust === trust) return
  line.dataset.trust = trust
  line.hidden = trust === 'fresh'
  setChildren(line)
  if (trust === 'fresh') return
  line.append(staleTexts[trust], make('time', { datetime: freshAt }), '. ')
  showLocalTimes(line, 'en', 'full')
  if (trust === 'unanswered') return
  const button = make('button', { type: 'button' }, 'Sign in')
  button.addEventListener('click', () => session.ask('What you wrote is still here.'))
  line.append(button)
}

function remember(changed: DeskDraft): void {
  draft = { ...changed, state: draft.state }
  if (draft.state === 'writing') message.textContent = ''
  const kept = keepDraft(draft)
  byId('kept', HTMLElement).textContent = kept
    ? 'Kept in this browser.'
    : 'This browser keeps nothing: do not close the page.'
}

function begin(fresh: DeskDraft): void {
  hideChanged()
  draft = fresh
  keepDraft(draft)
  form.show(draft)
}

function revise(alert: Alert, kind: 'update' | 'correction'): void {
  if (!isBlank(draft) && !confirm('Throw away what is written in the form?')) return
  begin(revisionOf(alert, kind))
  byId('compose-title', HTMLElement).scrollIntoView({ block: 'start' })
  byId('texts', HTMLElement).querySelector('textarea')?.focus()
}

async function preview(written: DeskDraft): Promise<void> {
  form.showMistakes([])
  const missing = [
    ...(written.level === '' ? [{ pointer: '/level', detail: 'Choose a level.' }] : []),
    ...(written.audience === '' ? [{ pointer: '/audience', detail: 'Choose LIVE or TEST.' }] : []),
  ]
  if (missing.length > 0) return form.showMistakes(missing)
  // A second press while the first is being checked sends nothing.
  if (isChecking) return
  isChecking = true
  message.textContent = 'Checking…'
  const answer = await call<DryRun>(`${pathOf(written)}?dryRun=true`, { method: 'POST', ...requestOf(written) })
  isChecking = false
  message.textContent = ''
  // The confirmation shows what is sent; text written since then would be lost.
  if (!isSameWriting(draft, written)) {
    message.textContent = 'The text has changed while it was checked. Nothing was sent: look at it again.'
    return
  }
  if (answer.result === 'refused') refused(answer.problem)
  else if (answer.result === 'lost')
    message.textContent = `${answer.detail ?? 'The service does not answer.'} Nothing was sent; try again.`
  else confirmSending(config, written, answer.body, (showProgress) => publish(written, showProgress))
}

function pathOf({ alert, kind }: DeskDraft): string {
  return alert === null ? '/v1/alerts' : `/v1/alerts/${alert.id}/${kind}`
}

/** What is sent, and on which version of the alert it was written. */
function requestOf(written: DeskDraft) {
  const { alert } = written
  return { body: publishBody(written), ...(alert === null ? {} : { version: alert.version }) }
}

/** Publishes. Returns an error to show to the editor, or null when it was published. */
async function publish(written: DeskDraft, showProgress: (progress: string) => void): Promise<string | null> {
  draft = { ...written, state: 'sending' }
  keepDraft(draft)
  const answer = await call<{ alert?: Alert }>(pathOf(written), {
    method: 'POST',
    key: written.key,
    ...requestOf(written),
    onRetry: (attempt, why = 'No answer yet.') =>
      showProgress(`${why} Asking again (attempt ${attempt}). It cannot go out twice.`),
  })
  if (answer.result === 'lost')
    return `${answer.detail ?? 'No answer. It may or may not have gone out.'} Press again: it cannot go out twice.`
  if (answer.result === 'refused') {
    draft = { ...written, state: 'writing' }
    keepDraft(draft)
    return refused(answer.problem)
  }
  const { alert } = answer.body
  begin(newDraft(firstLanguage))
  await afterwards(
    alert,
    answer.status === 202 ? 'Accepted; it waits for its time or for another editor.' : 'Published.',
  )
  return null
}

/** Asks for the key again when the session has ended. No text is lost. */
function isSignedOut({ status }: ProblemBody): boolean {
  if (status !== 401) return false
  for (const dialog of document.querySelectorAll('dialog')) if (dialog.open) dialog.close()
  session.ask('Your session has ended. Sign in; what you wrote is still here.')
  return true
}

/** Shows a refusal where it belongs, and gives it in one sentence. */
function refused(problem: ProblemBody): string {
  if (isSignedOut(problem)) return problem.detail
  if (problem.code === 'idempotency-key-reused')
    return 'An earlier attempt did go out, with an older text. It is in the list: correct it there, or start afresh.'
  const changed = changedOf(problem)
  if (changed !== null) {
    byId('confirm', HTMLDialogElement).close()
    showChanged(changed, (newest) => {
      begin(rebased(draft, newest))
      byId('texts', HTMLElement).querySelector('textarea')?.focus()
    })
    return problem.detail
  }
  const mistakes = problem.errors ?? []
  if (mistakes.length > 0) byId('confirm', HTMLDialogElement).close()
  form.showMistakes(mistakes.length > 0 ? mistakes : [{ pointer: '', detail: problem.detail }])
  return problem.detail
}

async function afterwards(alert: Alert | undefined, said: string): Promise<void> {
  message.textContent = said
  await list.refresh(alert === undefined ? {} : { watch: alert.id })
}
