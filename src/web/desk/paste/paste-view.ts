import type { VNode } from 'preact'
import type { Mistake } from '../../../domain/problem.ts'
import type { DeskConfig } from '../desk-config.ts'
import { t } from '../state/desk-words.ts'
import { mistakeWords } from '../state/service-words.ts'
import { h } from '../view/parts/element.ts'
import { told } from '../view/parts/view-parts.ts'

/** What became of the last article. `unsure`: what the editor must look at. */
export type PasteState = { readonly error: string; readonly unsure: readonly Mistake[] }

export const nothingPasted: PasteState = { error: '', unsure: [] }

type PasteActs = { readonly propose: (pasted: string, language: string, form: HTMLFormElement) => void }

/** “Paste an article”. What is pasted is kept by the fields alone: it may be a whole page. */
export function pasteView({ error, unsure }: PasteState, config: DeskConfig, { propose }: PasteActs): VNode {
  return h(
    'details',
    { class: 'pasting' },
    h('summary', {}, t('pasteTitle')),
    h(
      'form',
      {
        id: 'paste',
        noValidate: true,
        onSubmit: (event: Event & { readonly currentTarget: HTMLFormElement }) => {
          event.preventDefault()
          const fields = new FormData(event.currentTarget)
          propose(String(fields.get('pasted')), String(fields.get('language')), event.currentTarget)
        },
      },
      h('p', { class: 'label' }, h('label', { for: 'paste-text' }, t('pasteText'))),
      h('textarea', { id: 'paste-text', name: 'pasted', rows: 5, dir: 'auto', spellcheck: false }),
      h(
        'p',
        { class: 'field' },
        h('label', { for: 'paste-language' }, t('language')),
        ' ',
        h(
          'select',
          { id: 'paste-language', name: 'language' },
          h('option', { value: '' }, t('pasteLanguage')),
          config.languages.map(({ tag, name }) => h('option', { key: tag, value: tag, lang: tag }, `${name} (${tag})`)),
        ),
      ),
      h('p', { class: 'error', id: 'paste-error', role: 'alert' }, told(error)),
      h('p', { class: 'buttons' }, h('button', { type: 'submit' }, t('propose'))),
      h(
        'ul',
        { id: 'paste-unsure', class: 'warnings', 'aria-label': t('lookTwice'), 'aria-live': 'polite' },
        unsure.map((it) => h('li', { key: it.pointer + it.detail }, told(mistakeWords(it)))),
      ),
    ),
  )
}
