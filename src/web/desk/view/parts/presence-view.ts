import type { DeskItem } from '../../editing/item-draft.ts'
import { type DeskState, othersIn } from '../../state/desk-state.ts'
import { t } from '../../state/desk-words.ts'
import { h } from './element.ts'
import type { View } from './view-parts.ts'

/** The others who have an item open, and what they do with it. */
export function presenceView(state: DeskState, item: Pick<DeskItem, 'id' | 'state'> | null): View {
  const others = othersIn(state, item?.id)
  // What does not wait any more is not locked.
  const isWaiting = item?.state === 'awaiting-approval'
  if (others.length === 0) return null
  return h(
    'p',
    { class: 'small presence' },
    others.map(({ by, doing }) =>
      h(
        'span',
        { key: by.id, 'data-doing': doing },
        t(`doing_${doing === 'approving' && !isWaiting ? 'reading' : doing}`, { name: by.name }),
        ' ',
      ),
    ),
  )
}
