import type { AlertChanged } from '../../../desk/difference.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId, make } from '../../shared/dom.ts'
import { showLocalTimes } from '../../shared/times.ts'
import { deskLanguage, t } from '../state/desk-words.ts'
import { amount } from '../view/parts/view-parts.ts'

const shownCharsMax = 200
const id = 'alert-changed'

/** The alert as it is now, from a 409 `alert-changed`; null for any other refusal. */
export function changedOf(problem: ProblemBody): AlertChanged | null {
  if (problem.code !== 'alert-changed' || typeof problem.version !== 'number' || !problem.alert) return null
  // The service's own answer, whose shape /openapi.json describes.
  const { version, alert, changes = [], earlierChanges = 0, differences = [] } = problem as unknown as AlertChanged
  return { version, alert, changes, earlierChanges, differences }
}

/** Who changed the alert meanwhile, in one sentence. */
function changedSentence({ version, changes, earlierChanges = 0 }: AlertChanged): string {
  const earlier = earlierChanges > 0 ? [t('changedEarlier', { count: amount(earlierChanges) })] : []
  const later = changes.map(({ kind, by }) => t(`changed_${kind}`, { name: by || t('anotherEditor') }))
  const acts = [...earlier, ...later]
  return t('changedSentence', { version: amount(version), acts: acts.join(', ') || t('itWasChanged') })
}

/**
 * What others did to the alert meanwhile, field by field, under a title that takes the focus. `idOf` names the section and
 * its title; `kept` says where the editor's text is kept.
 */
export function changedNotice(changed: AlertChanged, idOf: string, kept: string): HTMLElement {
  const fields = make('dl', {}, ...changed.differences.flatMap(({ pointer, was, is }) => entry(pointer, was, is)))
  showLocalTimes(fields, deskLanguage(), 'full')
  const title = make('h3', { tabindex: '-1', id: `${idOf}-title` }, t('changedTitle'))
  return make(
    'section',
    { id: idOf, class: 'notice', 'aria-labelledby': `${idOf}-title` },
    title,
    make('p', {}, `${changedSentence(changed)} ${kept}`),
    fields,
  )
}

/**
 * Shows above the form what others did to the alert while this was written. What is in the form stays; the button lets
 * the editor continue from the alert as it is now, which is the editor's decision.
 */
export function showChanged(changed: AlertChanged, goOn: (newest: Alert) => void): void {
  hideChanged()
  const { alert, version } = changed
  const section = changedNotice(changed, id, t('yoursIsHere'))
  if (alert.status === 'retracted') section.append(make('p', {}, t('changedRetracted')))
  else {
    const button = make('button', { type: 'button', id: `${id}-go-on` }, t('goOnFrom', { version: amount(version) }))
    button.addEventListener('click', () => {
      hideChanged()
      goOn(alert)
    })
    const hint = t('goOnHint')
    section.append(make('p', { class: 'small' }, hint), make('p', { class: 'buttons' }, button))
  }
  byId('changed-place', HTMLElement).append(section)
  byId(`${id}-title`, HTMLElement).focus()
}

/** Removes the notice: the form is now about something else. */
export function hideChanged(): void {
  document.getElementById(id)?.remove()
}

function entry(pointer: string, was: unknown, is: unknown): HTMLElement[] {
  return [
    make('dt', {}, make('bdi', {}, pointer.slice(1).replace(/\//g, ' › '))),
    make('dd', {}, `${t('was')} `, shown(pointer, was)),
    make('dd', {}, `${t('isNow')} `, shown(pointer, is)),
  ]
}

function shown(pointer: string, value: unknown): HTMLElement {
  if (pointer === '/expiresAt' && typeof value === 'string') return make('time', { datetime: value }, value)
  return make('bdi', {}, words(value))
}

function words(value: unknown): string {
  if (value === null || value === undefined || value === '') return t('nothing')
  if (Array.isArray(value)) return value.length === 0 ? t('nothing') : value.join(', ')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
}
