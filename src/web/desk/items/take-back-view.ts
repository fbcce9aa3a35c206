import type { VNode } from 'preact'
import type { DeskItem } from '../editing/item-draft.ts'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { headlineOf } from '../view/parts/view-parts.ts'

/** The question before what a colleague submitted is taken back. The buttons close the dialog, each with its value. */
export function takeBackView(item: DeskItem): VNode {
  const name = item.submittedBy?.name ?? t('anotherEditor')
  const headline = headlineOf(item)?.headline ?? t('noHeadline')
  return h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'take-back-title' }, t('takeBackTitle', { name })),
    h('p', { id: 'take-back-audience' }, t('takeBackWhat', { headline, name })),
    h(
      'p',
      { class: 'buttons' },
      h('button', { id: 'take-back-leave', value: '' }, t('takeBackLeave')),
      ' ',
      h('button', { class: 'main', value: 'take' }, t('takeBack')),
    ),
  )
}
