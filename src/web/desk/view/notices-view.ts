import type { DeskState, Notices } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { h } from './parts/element.ts'
import { button, type View } from './parts/view-parts.ts'

/** Whether this browser notifies of what waits for one's approval, and the button that changes it. Writers approve nothing. */
export function noticesView(
  { me, notices }: Pick<DeskState, 'me' | 'notices'>,
  turn: (to: Extract<Notices, 'on' | 'off'>) => void,
): View {
  if (me === null || me.role === 'writer' || notices === 'impossible') return null
  return h(
    'p',
    { id: 'notices', class: 'small', role: 'status', tabIndex: -1, 'data-state': notices },
    t(`notices_${notices}`),
    ' ',
    notices === 'denied'
      ? t('unblockHow')
      : button(t(notices === 'on' ? 'noticesTurnOff' : 'noticesTurnOn'), () => turn(notices === 'on' ? 'off' : 'on')),
  )
}
