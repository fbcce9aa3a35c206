import type { VNode } from 'preact'
import type { DeskItem } from '../editing/item-draft.ts'
import { counted } from '../state/amounts.ts'
import type { DeskState } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { button } from '../view/parts/view-parts.ts'
import { arrivedItems } from './arrivals.ts'
import { nameOfItem } from './item-name.ts'

/**
 * What colleagues have submitted for approval since the page was opened, with the way there. The region stays when it is
 * empty, so that screen readers read out what comes into it.
 */
export function arrivalsView(state: DeskState, show: (items: readonly DeskItem[]) => void): VNode {
  const items = arrivedItems(state)
  const [first] = items
  return h(
    'div',
    { id: 'arrivals', role: 'status' },
    first === undefined
      ? null
      : h(
          'p',
          { class: 'notice' },
          items.length === 1
            ? t('told_submitted', {
                headline: nameOfItem(first).headline,
                name: first.submittedBy?.name ?? t('anotherEditor'),
              })
            : t('arrivedMany', { count: counted(items.length) }),
          ' ',
          button(t('showIt'), () => show(items), { id: 'arrivals-show' }),
        ),
  )
}
