import type { DeskState } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { overtakenTitle } from './overtaken-view.ts'
import { h } from './parts/element.ts'
import { button, type View } from './parts/view-parts.ts'

type BannerActs = {
  readonly reload: () => void
  /** Goes to what became of the open draft. */
  readonly showOvertaken: () => void
}

/**
 * What stays in sight above everything: a newer page is out; the service does not answer; a colleague has changed the open
 * draft, which is told in full above the form and may be far from the field that is typed in.
 */
export function bannersView(state: DeskState, acts: BannerActs): View[] {
  const { overtaken } = state
  return [
    state.isNewerOut
      ? h('p', { id: 'newer', class: 'notice', role: 'status' }, t('newerPage'), ' ', button(t('reload'), acts.reload))
      : null,
    state.isConnected ? null : h('p', { id: 'connection-lost', class: 'notice', role: 'alert' }, t('connectionLost')),
    overtaken === null
      ? null
      : h(
          'p',
          { id: 'overtaken', class: 'notice' },
          overtakenTitle(overtaken),
          ' ',
          button(t('showIt'), acts.showOvertaken, { id: 'overtaken-show' }),
        ),
  ]
}
