import type { VNode } from 'preact'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { button } from '../view/parts/view-parts.ts'

type Acts = { readonly copy: (id: string) => void; readonly forgetMade: () => void }

/** A key or secret that nobody can show again, with the way to copy it. `id`: of the parts, such as `made-key`, `made-copy`. */
export function shownOnceView(id: string, label: string, secret: string, hints: readonly string[], acts: Acts): VNode {
  const field = `${id}-key`
  return h(
    'div',
    { class: 'made' },
    h('p', {}, h('label', { for: field }, label)),
    // All of it is seen, on a phone too.
    h('textarea', {
      ...{ id: field, rows: 2, readOnly: true, spellcheck: false, autocomplete: 'off', value: secret },
      'aria-describedby': `${id}-once`,
    }),
    h('p', { id: `${id}-once` }, hints.join(' ')),
    h(
      'p',
      { class: 'buttons' },
      button(t('copy'), () => acts.copy(field), { id: `${id}-copy`, class: 'main' }),
      ' ',
      button(t('madeKept'), acts.forgetMade, { id: `${id}-kept` }),
    ),
  )
}
