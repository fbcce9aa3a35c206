import type { VNode } from 'preact'
import { t } from '../state/desk-words.ts'
import { h } from './parts/element.ts'

/** The desk's shortcuts. `keys` as they are written on a keyboard. */
export const shortcuts = [
  { keys: 'Esc', what: 'help_cancel' },
  { keys: 'Ctrl+Enter', what: 'help_preview' },
  { keys: 'Ctrl+S', what: 'help_save' },
  { keys: 'Alt+N', what: 'help_new' },
  { keys: 'Alt+W', what: 'help_waiting' },
  { keys: 'Alt+D', what: 'help_drafts' },
  { keys: '/', what: 'help_search' },
  { keys: 'Alt+P', what: 'help_published' },
  { keys: 'Alt+L', what: 'help_language' },
  { keys: 'Alt+1 … 9', what: 'help_nth' },
  { keys: 'Alt+K', what: 'help_account' },
  { keys: 'Alt+H', what: 'help_help' },
] as const

/** The content of the help sheet. */
export function helpView(): VNode {
  return h(
    'dl',
    { class: 'keys' },
    shortcuts.map(({ keys, what }) => h('div', { key: keys }, h('dt', {}, h('kbd', {}, keys)), h('dd', {}, t(what)))),
  )
}
