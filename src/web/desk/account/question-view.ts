import type { VNode } from 'preact'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { button } from '../view/parts/view-parts.ts'

/** Asks before what cannot be undone. The focus is first on keeping it (`#id-leave`), so that Enter does no harm. */
export function questionView(
  id: string,
  question: string,
  press: string,
  about: string,
  leave: () => void,
  act: () => void,
): VNode {
  return h(
    'div',
    { role: 'group', 'aria-labelledby': `${id}-question` },
    h('p', { id: `${id}-question` }, question),
    h(
      'p',
      { class: 'buttons' },
      button(t('keepIt'), leave, { id: `${id}-leave` }),
      ' ',
      button(press, act, { id: `${id}-now`, class: 'main', about }),
    ),
  )
}
