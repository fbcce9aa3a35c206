import { byId } from '../../shared/dom.ts'
import type { Part } from '../state/merge-writings.ts'

/** Shows the form from its beginning, and goes to its first text. */
export function toForm(): void {
  byId('compose-title', HTMLElement).scrollIntoView({ block: 'start' })
  byId('texts', HTMLElement).querySelector('textarea')?.focus()
}

/** Goes to the field of a part of the draft. */
export function focusField(part: Part): void {
  const [field = '', tag = ''] = part.split('/')
  const ids: Readonly<Record<string, string>> = { texts: `headline-${tag}`, note: `note-${tag}`, times: 'hold-seconds' }
  const choices = `#${field}-field`
  const place =
    document.getElementById(ids[field] ?? '') ??
    document.querySelector<HTMLElement>(`${choices} input:checked`) ??
    document.querySelector<HTMLElement>(`${choices} input`)
  const found = place ?? byId('compose-title', HTMLElement)
  found.focus()
}

/** Goes to an item in the lists, or to a title: never to a button, because the next press of Enter is not meant for it. */
export function focusItem(id: string): void {
  const item = document.querySelector<HTMLElement>(`#items-place [data-item="${CSS.escape(id)}"] h3[tabindex="-1"]`)
  const title = item ?? document.getElementById('waiting-title') ?? byId('desk-title', HTMLElement)
  title.focus()
}

/**
 * Goes to the field of a form's first mistake, or to what is said where no field has it; what is said is in sight. `pointer`:
 * of the mistake that is meant, where it is not the first.
 */
export function focusMistake(form: HTMLElement, pointer?: string): void {
  const meant = pointer === undefined ? '' : `[data-pointer="${CSS.escape(pointer)}"]`
  const said = form.querySelector<HTMLElement>(`.error${meant}:not(:empty)`)
  if (said === null) return
  const described =
    said.id === '' ? null : form.querySelector<HTMLElement>(`[aria-describedby~="${CSS.escape(said.id)}"]`)
  const group = said.closest('fieldset')?.querySelector('input')
  const place = described ?? group ?? form.querySelector<HTMLElement>('[aria-invalid]') ?? said
  place.focus()
  said.scrollIntoView({ block: 'nearest' })
}
