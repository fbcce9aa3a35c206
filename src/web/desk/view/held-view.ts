import type { DeskItem } from '../editing/item-draft.ts'
import { aboutItem, nameOfItem } from '../items/item-name.ts'
import { amount } from '../state/amounts.ts'
import { type DeskState, heldByMe } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { secondsUntil } from '../state/server-clock.ts'
import { h } from './parts/element.ts'
import { button, type View } from './parts/view-parts.ts'

/** What is held goes out within moments: a line for each, with the seconds that are left and the way to cancel. */
export function heldView(state: DeskState, cancel: (item: DeskItem) => void): View {
  const held = state.waiting.filter((item) => item.state === 'held')
  if (held.length === 0) return null
  const mine = heldByMe(state)
  return h(
    'section',
    { id: 'held', 'aria-labelledby': 'held-title' },
    h('h2', { id: 'held-title' }, t('heldTitle')),
    h(
      'ul',
      { class: 'plain' },
      held.map((item) => heldItem(state, item, item.id === mine?.id, cancel)),
    ),
  )
}

function heldItem({ clock, now }: DeskState, item: DeskItem, isMine: boolean, cancel: (item: DeskItem) => void): View {
  const { headline, tag } = nameOfItem(item)
  const seconds = secondsUntil(item.releaseAt ?? '', clock, now)
  const isLive = aboutItem(item).audience !== 'test'
  return h(
    'li',
    { key: item.id, class: 'held', 'data-item': item.id, 'data-audience': isLive ? 'public' : 'test' },
    h(
      'p',
      { class: 'seconds', role: 'timer', 'aria-label': t('secondsLeft', { count: amount(seconds) }) },
      amount(seconds),
    ),
    h(
      'div',
      {},
      h('p', {}, h('strong', {}, isLive ? 'LIVE' : 'TEST'), ' ', h('bdi', { lang: tag }, headline)),
      h('p', { class: 'small' }, t('heldBy', { name: item.submittedBy?.name ?? '' })),
    ),
    button(isMine ? t('cancelKey') : t('cancelIt'), () => cancel(item), { class: 'main', about: headline }),
  )
}
