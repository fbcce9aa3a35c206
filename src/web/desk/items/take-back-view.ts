import type { VNode } from 'preact'
import type { DeskItem } from '../editing/item-draft.ts'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { nameOfItem } from './item-name.ts'

/** The question before what a colleague submitted is taken back. */
export function takeBackView(item: DeskItem): VNode {
  const name = item.submittedBy?.name ?? t('anotherEditor')
  const { headline } = nameOfItem(item)
  return questionView(t('takeBackTitle', { name }), t('takeBackWhat', { headline, name }), t('takeBack'))
}

/** The question before a draft is deleted. */
export function deleteView(item: DeskItem): VNode {
  const { headline } = nameOfItem(item)
  const { name } = item.changedBy
  return questionView(t('deleteTitle'), t('deleteWhat', { headline, name }), t('remove'))
}

/** The buttons close the dialog, each with its value. */
function questionView(title: string, what: string, act: string): VNode {
  return h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'take-back-title' }, title),
    h('p', { id: 'take-back-audience' }, what),
    h(
      'p',
      { class: 'buttons' },
      h('button', { id: 'take-back-leave', value: '' }, t('takeBackLeave')),
      ' ',
      h('button', { class: 'main', value: 'take' }, act),
    ),
  )
}
