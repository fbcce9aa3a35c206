import { type DeskState, othersIn } from '../../state/desk-state.ts'
import { t } from '../../state/desk-words.ts'
import { h } from './element.ts'
import type { View } from './view-parts.ts'

/** The others who have an item open, and what they do with it. */
export function presenceView(state: DeskState, itemId: string | undefined): View {
  const others = othersIn(state, itemId)
  if (others.length === 0) return null
  return h(
    'p',
    { class: 'small presence' },
    others.map(({ by, doing }) =>
      h('span', { key: by.id, 'data-doing': doing }, t(`doing_${doing}`, { name: by.name }), ' '),
    ),
  )
}
