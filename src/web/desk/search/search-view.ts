import type { VNode } from 'preact'
import type { DeskItem } from '../editing/item-draft.ts'
import { counted } from '../state/amounts.ts'
import { t } from '../state/desk-words.ts'
import { type FieldEvent, h } from '../view/parts/element.ts'
import { told } from '../view/parts/view-parts.ts'
import type { Search } from './search-state.ts'

const searchCharsMax = 200

/** The field that items are looked for in, and what was found. */
export function searchView(search: Search, write: (text: string) => void, itemView: (item: DeskItem) => VNode): VNode {
  const found = search.text.trim() === '' ? [] : (search.found ?? [])
  return h(
    'search',
    { id: 'item-searching', role: 'search', 'aria-labelledby': 'item-search-label' },
    h('label', { id: 'item-search-label', class: 'field', for: 'item-search' }, t('search')),
    h('input', {
      ...{ id: 'item-search', type: 'search', dir: 'auto', autocomplete: 'off', maxLength: searchCharsMax },
      ...{ title: '/', 'aria-describedby': 'item-search-said', value: search.text },
      onInput: ({ currentTarget }: FieldEvent) => write(currentTarget.value),
    }),
    h('p', { id: 'item-search-said', class: 'small', role: 'status' }, told(wordsOf(search))),
    found.length === 0 ? null : h('ol', { id: 'found', class: 'plain' }, found.map(itemView)),
  )
}

function wordsOf({ text, state, found, hasMore, error }: Search): string {
  if (text.trim() === '' || state === 'none') return ''
  if (state === 'asking') return t('searching')
  if (error !== '') return `${error === 'lost' ? t('noAnswerKnown') : error} ${t('searchFailed')}`
  const count = found?.length ?? 0
  if (count === 0) return t('searchNone', { text: text.trim() })
  return hasMore ? t('searchMore', { count: counted(count) }) : t('searchFound', { count: counted(count) })
}
