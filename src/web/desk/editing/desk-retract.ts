import type { AlertChanged } from '../../../desk/difference.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId, make, setChildren, within } from '../../shared/dom.ts'
import { call } from '../desk-api.ts'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import { t, tParts } from '../state/desk-words.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { amount } from '../view/parts/view-parts.ts'
import { askDeliberately, type Outcome } from './confirmation-dialog.ts'
import { type DryRun, reachOf } from './desk-audience.ts'
import { changedNotice, changedOf } from './desk-changed.ts'
import { audienceName, topicsOf } from './desk-confirm.ts'
import { randomKey } from './random-key.ts'

const changedId = 'retract-changed'

type Asks = {
  readonly config: DeskConfig
  readonly done: () => void
  /** Puts the focus where the alert is, when what had it is gone. */
  readonly focusBack: () => void
  /** Asks for the key again when the session has ended. Returns whether it had. */
  readonly isSignedOut: (problem: ProblemBody) => boolean
}

/** What was begun and not sent, by alert: an ended session or a closed dialog loses no note. */
const begun = new Map<string, { readonly key: string; readonly note: Readonly<Record<string, string>> }>()

/** Retracts an alert. The note is prefilled in every language, so that a tick and a press are enough. */
export function askToRetract(alert: Alert, { config, done, focusBack, isSignedOut }: Asks): void {
  const notes = byId('retract-notes', HTMLElement)
  // One key for this intention: pressing again after a lost answer retracts nothing twice.
  const { key, note } = begun.get(alert.id) ?? { key: randomKey(), note: {} }
  let { version } = alert
  document.getElementById(changedId)?.remove()
  setChildren(notes)
  fill(config, alert, note)
  notes.oninput = () => {
    begun.set(alert.id, { key, note: written(notes) })
    showWordless(config, notes)
  }
  const act = async (showProgress: (progress: string) => void): Promise<Outcome> => {
    const answer = await call(`/v1/alerts/${alert.id}/retraction`, {
      method: 'POST',
      key,
      version,
      body: { note: sent(notes) },
      onRetry: (attempt, why = t('noAnswerYet')) => showProgress(`${why} ${t('askingAgain', { attempt })}`),
    })
    if (answer.result === 'lost') return `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`
    if (answer.result === 'refused') {
      const changed = changedOf(answer.problem)
      if (changed === null) return isSignedOut(answer.problem) ? null : answer.problem.detail
      // The newer version is retracted only after another tick and press, with the change shown.
      version = changed.version
      return { error: t('notRetractedYet'), notice: showMeanwhile(config, changed) }
    }
    begun.delete(alert.id)
    done()
    return null
  }
  askDeliberately('retract', act, focusBack)
}

/** Shows in the dialog how the alert changed while it was open; notes that were written stay. */
function showMeanwhile(config: DeskConfig, changed: AlertChanged): HTMLElement {
  document.getElementById(changedId)?.remove()
  const section = changedNotice(changed, changedId, t('yoursIsHere'))
  byId('retract-what', HTMLElement).before(section)
  if (changed.alert.status === 'retracted') {
    section.append(make('p', {}, t('retractedAlready')))
    within(byId('retract', HTMLDialogElement), '.deliberate input', HTMLInputElement).disabled = true
  } else fill(config, changed.alert, {})
  return within(section, 'h3', HTMLElement)
}

/** Shows the alert as it is now; adds a field for the note in each language that has none yet. */
function fill(config: DeskConfig, alert: Alert, note: Readonly<Record<string, string>>): void {
  const { audience, level, topics, texts } = alert
  const banner = byId('retract-audience', HTMLElement)
  banner.dataset.audience = audience
  banner.textContent = t('retractBanner', { audience: audienceName(audience) })
  byId('retract-title', HTMLElement).textContent = t('retractTitle', { level: levelWord(level) })
  const [text] = Object.values(texts)
  byId('retract-what', HTMLElement).textContent = t('retractWhat', { headline: text?.headline ?? '' })
  byId('retract-topics', HTMLElement).textContent = topicsOf(config, topics)
  const word = audience === 'public' ? 'LIVE' : 'TEST'
  byId('retract-deliberate', HTMLElement).textContent = t('retractDeliberate', {
    word,
    count: amount(Object.keys(texts).length),
  })
  const send = byId('retract-send', HTMLButtonElement)
  send.textContent = t('retractPress', { word })
  send.dataset.audience = audience
  const notes = byId('retract-notes', HTMLElement)
  for (const tag of Object.keys(texts))
    if (!notes.querySelector(`[data-tag="${CSS.escape(tag)}"]`)) notes.append(...noteField(config, tag, note[tag]))
  showWordless(config, notes)
  void showReach(alert)
}

/** Shows how many readers get it. A retraction does not wait for the count. */
async function showReach({ id, version, level, audience, topics, texts }: Alert): Promise<void> {
  const line = byId('retract-reach', HTMLElement)
  line.textContent = t('counting')
  const about = `${id} ${version}`
  line.dataset.about = about
  const body = { level, audience, topics, texts }
  const answer = await call<DryRun>('/v1/alerts?dryRun=true', { method: 'POST', body })
  // Another alert may be asked about by now.
  if (line.dataset.about !== about) return
  line.textContent = answer.result === 'done' ? t('reaches', { reach: reachOf(level, answer.body) }) : t('reachUnknown')
}

/** Names the languages without a note, whose readers do not learn what was wrong. */
function showWordless(config: DeskConfig, notes: HTMLElement): void {
  const tags = [...notes.querySelectorAll('textarea')]
    .filter((it) => it.value.trim() === '')
    .map((it) => it.dataset.tag)
  setChildren(
    byId('retract-warnings', HTMLElement),
    ...tags.map((tag = '') =>
      make('li', {}, ...tParts('noNote', { language: make('bdi', { lang: tag }, languageNamed(config, tag).name) })),
    ),
  )
}

function noteField(config: DeskConfig, tag: string, begunNote: string | undefined): HTMLElement[] {
  const { name, dir } = languageNamed(config, tag)
  const id = `retract-note-${tag}`
  const input = make('textarea', { id, rows: '2', lang: tag, dir, 'data-tag': tag })
  input.value = begunNote ?? config.retractionNotes[tag] ?? ''
  return [make('label', { for: id, class: 'field' }, make('bdi', { lang: tag }, name)), input]
}

/** The contents of the fields, by language, emptied ones too. */
function written(notes: HTMLElement): Record<string, string> {
  return Object.fromEntries([...notes.querySelectorAll('textarea')].map((it) => [it.dataset.tag ?? '', it.value]))
}

/** The note as it is sent: in the languages that have one. */
function sent(notes: HTMLElement): Record<string, string> {
  const trimmed = Object.entries(written(notes)).map(([tag, text]) => [tag, text.trim()] as const)
  return Object.fromEntries(trimmed.filter(([, text]) => text !== ''))
}
