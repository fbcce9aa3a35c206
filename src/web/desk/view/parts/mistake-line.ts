import type { VNode } from 'preact'
import type { Mistake } from '../../../../domain/problem.ts'
import { h } from './element.ts'
import { told } from './view-parts.ts'

/** Places that have a line of their own; a mistake stands at the longest of them that its pointer begins with. */
const wholes = new Set(['/level', '/audience', '/topics', '/texts', '/holdSeconds', '/publishAt', '/embargoUntil'])
const parts = /^\/(?:texts\/[^/]+\/(?:headline|summary|url)|note\/[^/]+)$/

/** The place that shows a mistake: a field's, a group's, or the form's end (''). `tags`: the languages that are shown. */
export function placeOf(pointer: string, tags: readonly string[]): string {
  // A note is missing altogether: the first language has a field for it.
  if (pointer === '/note' && tags[0] !== undefined) return `/note/${tags[0]}`
  for (let part = pointer; part !== ''; part = part.slice(0, part.lastIndexOf('/'))) {
    if (wholes.has(part)) return part
    if (parts.test(part) && tags.includes(part.split('/')[2] ?? '')) return part
  }
  return ''
}

/** The mistakes of one place, in the desk's words or, where it has none, in those of the service. */
export function mistakeLine(place: string, mistakes: readonly Mistake[], id?: string): VNode {
  const own = mistakes.filter(({ pointer }) => pointer === place)
  const about = id === undefined ? {} : { id }
  return h(
    'p',
    { class: 'error', 'data-pointer': place, dir: 'auto', tabIndex: -1, ...about },
    told(own.map(({ detail }) => detail).join(' ')),
  )
}

/** Whether a place has a mistake, as `aria-invalid` says it. */
export function isWrong(place: string, mistakes: readonly Mistake[]): true | undefined {
  return mistakes.some(({ pointer }) => pointer === place) || undefined
}
