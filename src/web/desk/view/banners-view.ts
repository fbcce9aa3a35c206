import type { DeskState } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { h } from './parts/element.ts'
import { button, type View } from './parts/view-parts.ts'

/** What stands above everything: a newer page is out; the service does not answer. */
export function bannersView(state: DeskState, acts: { readonly reload: () => void }): View[] {
  return [
    state.isNewerOut
      ? h('p', { id: 'newer', class: 'notice', role: 'status' }, t('newerPage'), ' ', button(t('reload'), acts.reload))
      : null,
    state.isConnected ? null : h('p', { id: 'connection-lost', class: 'notice', role: 'alert' }, t('connectionLost')),
  ]
}
