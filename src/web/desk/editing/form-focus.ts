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

/** Goes to the field of a form's first mistake, or to what is said where no field has it; what is said is in sight. */
export function focusMistake(form: HTMLElement): void {
  const said = form.querySelector<HTMLElement>('.error:not(:empty)')
  if (said === null) return
  const described =
    said.id === '' ? null : form.querySelector<HTMLElement>(`[aria-describedby~="${CSS.escape(said.id)}"]`)
  const group = said.closest('fieldset')?.querySelector('input')
  const place = described ?? group ?? form.querySelector<HTMLElement>('[aria-invalid]') ?? said
  place.focus()
  said.scrollIntoView({ block: 'nearest' })
}
