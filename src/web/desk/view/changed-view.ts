import type { VNode } from 'preact'
import type { AlertChanged } from '../../../desk/difference.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import { type DeskConfig, languageNamed } from '../desk-config.ts'
import { amount } from '../state/amounts.ts'
import { listed, t } from '../state/desk-words.ts'
import { fieldName, fieldValue } from '../state/difference-words.ts'
import { h } from './parts/element.ts'
import { bdi, button, moment, type View } from './parts/view-parts.ts'

const shownCharsMax = 200

/**
 * What others did to the alert meanwhile, field by field, under a title that takes the focus. `id` names the section and
 * its title; what the editor wrote is still below.
 */
export function changedView(changed: AlertChanged, config: DeskConfig, id: string, ...more: readonly View[]): VNode {
  const nameOf = (tag: string) => languageNamed(config, tag).name
  return h(
    'section',
    { id, class: 'notice', 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title`, tabIndex: -1 }, t('changedTitle')),
    h('p', {}, `${changedSentence(changed)} ${t('yoursIsHere')}`),
    h(
      'dl',
      {},
      changed.differences.flatMap(({ pointer, was, is }) => [
        h('dt', {}, bdi(fieldName(pointer, nameOf))),
        h('dd', {}, `${t('was')} `, shown(pointer, was)),
        h('dd', {}, `${t('isNow')} `, shown(pointer, is)),
      ]),
    ),
    ...more,
  )
}

/**
 * The same above the form. What is in the form stays; the button lets the editor continue from the alert as it is now,
 * which is the editor's decision.
 */
export function changedMeanwhileView(
  changed: AlertChanged | null,
  config: DeskConfig,
  goOn: (newest: Alert) => void,
): View {
  if (changed === null) return null
  const id = 'alert-changed'
  const { alert, version } = changed
  if (alert.status === 'retracted') return changedView(changed, config, id, h('p', {}, t('changedRetracted')))
  const words = t('goOnFrom', { version: amount(version) })
  return changedView(
    changed,
    config,
    id,
    h('p', { class: 'small' }, t('goOnHint')),
    h(
      'p',
      { class: 'buttons' },
      button(words, () => goOn(alert), { id: `${id}-go-on` }),
    ),
  )
}

/** Who changed the alert meanwhile, in one sentence. */
function changedSentence({ version, changes, earlierChanges = 0 }: AlertChanged): string {
  const earlier = earlierChanges > 0 ? [t('changedEarlier', { count: amount(earlierChanges) })] : []
  const later = changes.map(({ kind, by }) => t(`changed_${kind}`, { name: by || t('anotherEditor') }))
  const acts = [...earlier, ...later]
  return t('changedSentence', { version: amount(version), acts: listed(acts) || t('itWasChanged') })
}

function shown(pointer: string, value: unknown): VNode {
  return pointer === '/expiresAt' && typeof value === 'string'
    ? moment(value)
    : bdi(fieldValue(pointer, value) ?? words(value))
}

function words(value: unknown): string {
  if (value === null || value === undefined || value === '') return t('nothing')
  if (Array.isArray(value)) return value.length === 0 ? t('nothing') : listed(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
}
