import type { Audience, Level } from '../../../domain/alert-types.ts'
import type { Mistake } from '../../../domain/problem.ts'
import { byId, make, setChildren } from '../../shared/dom.ts'
import type { DeskConfig } from '../desk-config.ts'
import { languageNamed } from '../desk-config.ts'
import type { DeskDraft } from './desk-draft.ts'
import { readNote, readTexts, textFields } from './desk-text.ts'

type Asks = {
  readonly config: DeskConfig
  /** Called on every keystroke, with the form's contents. */
  readonly onChange: (draft: DeskDraft) => void
  readonly onSubmit: (draft: DeskDraft) => void
}

const titles = { alert: 'New alert', update: 'Update an alert', correction: 'Correct an alert' } as const

/** The form that an alert is written in: shows a draft, reads it back. */
export class DeskForm {
  readonly #asks: Asks
  readonly #form = byId('compose', HTMLFormElement)
  readonly #texts = byId('texts', HTMLElement)
  readonly #add = byId('add-language', HTMLSelectElement)
  #draft: DeskDraft

  constructor(draft: DeskDraft, asks: Asks) {
    this.#asks = asks
    this.#draft = draft
    this.#form.addEventListener('input', () => this.#changed())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      asks.onSubmit(this.#changed())
    })
    this.#add.addEventListener('change', () => this.#addLanguage())
    byId('topics', HTMLElement).append(
      ...asks.config.topics.flatMap(({ id, label }) => [
        make('label', { class: 'check' }, make('input', { type: 'checkbox', name: 'topics', value: id }), ` ${label}`),
        ' ',
      ]),
    )
    this.show(draft)
  }

  /** Puts a draft into the form. */
  show(draft: DeskDraft): void {
    this.#draft = draft
    byId('compose-title', HTMLElement).textContent = titles[draft.kind]
    this.#showAbout()
    for (const input of this.#form.querySelectorAll<HTMLInputElement>('input[type="radio"], input[type="checkbox"]')) {
      const chosen: Readonly<Record<string, readonly string[]>> = {
        level: [draft.level],
        audience: [draft.audience],
        topics: draft.topics,
      }
      input.checked = chosen[input.name]?.includes(input.value) ?? false
      // A published alert keeps its audience and its topics.
      input.disabled =
        draft.alert !== null && (input.name === 'audience' || input.name === 'topics') && !this.#free(input)
    }
    this.#showTexts()
    this.showMistakes([])
  }

  /** Shows each mistake beside its field and goes to the first one; what has no field stands at the end. */
  showMistakes(mistakes: readonly Mistake[]): void {
    for (const field of this.#form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid')
    for (const line of this.#form.querySelectorAll('.error')) line.textContent = ''
    for (const { pointer, detail } of mistakes) {
      const line = this.#lineFor(pointer)
      line.textContent = [line.textContent, detail].filter(Boolean).join(' ')
      const field = line.id ? this.#form.querySelector(`[aria-describedby~="${CSS.escape(line.id)}"]`) : null
      const group = line.closest('fieldset')?.querySelector('input')
      ;(field ?? group)?.setAttribute('aria-invalid', 'true')
    }
    this.#form.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }

  /** The place of the longest part of a pointer that the form has a line for. */
  #lineFor(pointer: string): HTMLElement {
    for (let part = pointer; part !== ''; part = part.slice(0, part.lastIndexOf('/'))) {
      const line = this.#form.querySelector<HTMLElement>(`.error[data-pointer="${CSS.escape(part)}"]`)
      if (line) return line
    }
    return this.#form.querySelector<HTMLElement>('.error[data-pointer=""]') ?? this.#form
  }

  #free(input: HTMLInputElement): boolean {
    const { alert } = this.#draft
    return input.name === 'topics' && alert !== null && alert.topics.length > 0 && !alert.topics.includes(input.value)
  }

  #showAbout(): void {
    const about = byId('compose-about', HTMLElement)
    const { alert, kind } = this.#draft
    about.hidden = alert === null
    const [text] = Object.values(alert?.texts ?? {})
    about.textContent =
      kind === 'correction'
        ? `Correcting “${text?.headline ?? ''}”. Say in each language what was wrong; readers see it.`
        : `Updating “${text?.headline ?? ''}”. Everyone who received it gets the update.`
  }

  #showTexts(): void {
    const { config } = this.#asks
    const tags = Object.keys(this.#draft.texts)
    setChildren(this.#texts, ...tags.map((tag) => this.#fields(tag)))
    const left = config.languages.filter(({ tag }) => !tags.includes(tag))
    const options = left.map(({ tag, name }) => make('option', { value: tag, lang: tag }, `${name} (${tag})`))
    setChildren(this.#add, make('option', { value: '' }, left.length > 0 ? 'Choose…' : 'All are here'), ...options)
    this.#add.disabled = left.length === 0
  }

  #fields(tag: string): HTMLElement {
    const fields = textFields(languageNamed(this.#asks.config, tag), this.#draft)
    fields.querySelector('button')?.addEventListener('click', () => this.#removeLanguage(tag))
    return fields
  }

  #addLanguage(): void {
    const tag = this.#add.value
    if (tag === '') return
    const draft = this.#read()
    const note = draft.kind === 'correction' ? { ...draft.note, [tag]: '' } : draft.note
    this.#draft = { ...draft, texts: { ...draft.texts, [tag]: { headline: '', summary: '', url: '' } }, note }
    this.#showTexts()
    this.#asks.onChange(this.#draft)
    this.#texts.lastElementChild?.querySelector('textarea')?.focus()
  }

  #removeLanguage(tag: string): void {
    const draft = this.#read()
    const { [tag]: _text, ...texts } = draft.texts
    const { [tag]: _note, ...note } = draft.note
    this.#draft = { ...draft, texts, note }
    this.#showTexts()
    this.#asks.onChange(this.#draft)
    this.#add.focus()
  }

  #changed(): DeskDraft {
    this.#draft = this.#read()
    this.#asks.onChange(this.#draft)
    return this.#draft
  }

  #read(): DeskDraft {
    const form = new FormData(this.#form)
    const topics = [...this.#form.querySelectorAll<HTMLInputElement>('input[name="topics"]:checked')]
    return {
      ...this.#draft,
      level: levelOf(form.get('level')),
      // A disabled choice is not in the form's data.
      audience: this.#draft.alert?.audience ?? audienceOf(form.get('audience')),
      topics: topics.map(({ value }) => value),
      texts: readTexts(this.#texts),
      note: readNote(this.#texts),
    }
  }
}

function levelOf(value: unknown): Level | '' {
  return value === 'flash' || value === 'urgent' || value === 'routine' ? value : ''
}

function audienceOf(value: unknown): Audience | '' {
  return value === 'public' || value === 'test' ? value : ''
}
