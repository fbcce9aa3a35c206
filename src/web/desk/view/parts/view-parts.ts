import type { VNode } from 'preact'
import { fullMomentText, momentText } from '../../../shared/moment-text.ts'
import type { DeskItem } from '../../editing/item-draft.ts'
import { deskFormats, deskLanguage } from '../../state/desk-words.ts'
import { h } from './element.ts'

/** What a view gives: an element, or nothing. */
export type View = VNode | null

/** A name or text that people wrote, whose direction does not spread into what is around it. */
export function bdi(text: string, lang?: string): VNode {
  return h('bdi', lang === undefined ? {} : { lang }, text)
}

/** Words of the service that the desk's language has none for: they are English, and do not turn round what is beside them. */
export function english(words: string): VNode {
  return h('bdi', { lang: 'en', dir: 'ltr' }, words)
}

/** Words that may hold a sentence of the service (see `inEnglish`), with an element for it. */
export function told(words: string): (VNode | string)[] {
  return words.split(/\u2066([^\u2069]*)\u2069/).map((part, nth) => (nth % 2 === 1 ? english(part) : part))
}

/** A moment in this browser's zone, in full. */
export function moment(at: string): VNode {
  return h('time', { dateTime: at }, fullMomentText(Date.parse(at), deskFormats()))
}

/** A moment in words while it is fresh, and in full to who points at it. `now`: Unix milliseconds. */
export function freshMoment(at: string, now: number): VNode {
  const atMs = Date.parse(at)
  const title = fullMomentText(atMs, deskFormats())
  return h('time', { dateTime: at, title }, momentText(atMs, now, deskFormats()))
}

/** The headline by which an item or draft is known: in the desk's language if it has one, else the first that is written. */
export function headlineOf({
  texts,
}: Pick<DeskItem, 'texts'>): { readonly tag: string; readonly headline: string } | null {
  const written = Object.entries(texts ?? {}).flatMap(([tag, { headline = '' }]) =>
    headline.trim() === '' ? [] : [{ tag, headline }],
  )
  return written.find(({ tag }) => tag === deskLanguage()) ?? written[0] ?? null
}

/** A button with a label of its own for screen readers, where its text alone is said of many things. */
export function button(
  label: string,
  onClick: () => void,
  more: {
    readonly class?: string
    readonly id?: string
    readonly about?: string
    readonly hint?: string
    readonly act?: string
    readonly isHidden?: boolean
    readonly isDisabled?: boolean
  } = {},
): VNode {
  const { about, hint, act, isHidden = false, isDisabled = false, ...rest } = more
  const words = about === undefined ? {} : { 'aria-label': `${label}: ${about}` }
  return h(
    'button',
    {
      ...{ type: 'button', onClick, hidden: isHidden, disabled: isDisabled, 'data-act': act },
      ...words,
      ...(hint === undefined ? {} : { title: hint }),
      ...rest,
    },
    label,
  )
}
