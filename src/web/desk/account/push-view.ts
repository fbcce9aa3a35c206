import type { VNode } from 'preact'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { button } from '../view/parts/view-parts.ts'
import type { DeskPushState } from './desk-push.ts'

/** The switch of notifications that come while the desk is closed. */
export function pushView(state: DeskPushState, turn: (to: 'on' | 'off') => void): VNode {
  const isOn = state === 'on'
  const isPossible = isOn || state === 'off'
  return h(
    'div',
    { id: 'desk-push', 'data-state': state },
    h('p', { class: 'small', tabIndex: -1 }, t(`push_${state}`), state === 'denied' ? ` ${t('unblockHow')}` : ''),
    isPossible
      ? h(
          'p',
          { class: 'buttons' },
          button(t(isOn ? 'pushTurnOff' : 'pushTurnOn'), () => turn(isOn ? 'off' : 'on'), { id: 'desk-push-turn' }),
        )
      : null,
    h('p', { class: 'small' }, t('pushWhat')),
  )
}
