import type { VNode } from 'preact'
import { fullTimeText, timeLocale } from '../../../shared/time-text.ts'
import type { DeskItem } from '../../editing/item-draft.ts'
import { deskLanguage } from '../../state/desk-words.ts'
import { h } from './element.ts'

/** What a view gives: an element, or nothing. */
export type View = VNode | null

/** A name or text that people wrote, whose direction does not spread into what is around it. */
export function bdi(text: string, lang?: string): VNode {
  return h('bdi', lang === undefined ? {} : { lang }, text)
}

/** A moment in this browser's zone, in full. */
export function moment(at: string): VNode {
  return h('time', { dateTime: at }, fullTimeText(Date.parse(at), deskLanguage()))
}

export function amount(count: number): string {
  return new Intl.NumberFormat(timeLocale(deskLanguage())).format(count)
}

/** The headline by which an item or draft is known: the first that is written. */
export function headlineOf({
  texts,
}: Pick<DeskItem, 'texts'>): { readonly tag: string; readonly headline: string } | null {
  for (const [tag, { headline = '' }] of Object.entries(texts ?? {}))
    if (headline.trim() !== '') return { tag, headline }
  return null
}

/** A button with a label of its own for screen readers, where its text alone is said of many things. */
export function button(
  label: string,
  onClick: () => void,
  more: { readonly class?: string; readonly id?: string; readonly about?: string; readonly hint?: string } = {},
): VNode {
  const { about, hint, ...rest } = more
  const words = about === undefined ? {} : { 'aria-label': `${label}: ${about}` }
  return h(
    'button',
    { type: 'button', onClick, ...words, ...(hint === undefined ? {} : { title: hint }), ...rest },
    label,
  )
}
