import type { Level } from '../../domain/alert-types.ts'
import { byId } from '../shared/dom.ts'

/** What the reader chose to see. It stays in this browser. */
export type Choice = {
  readonly languages: readonly string[]
  readonly topics: readonly string[]
  readonly level: Level
}

const key = 'tocsin.choice'

/** The form of choices. Without JavaScript it is a GET form; with it, it changes the page in place and is remembered. */
export class ChoiceForm {
  readonly #form = byId('choice-form', HTMLFormElement)
  readonly #language: string

  constructor(language: string, onChange: (choice: Choice) => void) {
    this.#language = language
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#remember()
      onChange(this.choice())
    })
  }

  /** The form's current values: the page's language comes first. */
  choice(): Choice {
    const form = new FormData(this.#form)
    const level = form.get('level')
    return {
      languages: [this.#language, ...form.getAll('languages').map(String)],
      topics: form.getAll('topics').map(String),
      level: level === 'flash' || level === 'urgent' ? level : 'routine',
    }
  }

  /** Puts a remembered choice into the form, unless the address has one. Returns whether anything changed. */
  recall(): boolean {
    const kept = location.search === '' ? readKept() : null
    if (kept === null) return false
    const before = JSON.stringify(this.choice())
    // The first of the kept languages was only the page's own.
    for (const box of this.#form.querySelectorAll<HTMLInputElement>('input[type="checkbox"]'))
      box.checked = (box.name === 'topics' ? kept.topics : kept.languages.slice(1)).includes(box.value)
    const level = this.#form.elements.namedItem('level')
    if (level instanceof HTMLSelectElement) level.value = kept.level
    return JSON.stringify(this.choice()) !== before
  }

  #remember(): void {
    try {
      localStorage.setItem(key, JSON.stringify(this.choice()))
    } catch {
      // A browser that keeps nothing still shows what was chosen.
    }
    // The address is cleared of an older choice, so that it and the form never disagree.
    history.replaceState(null, '', location.pathname)
  }
}

function readKept(): Choice | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null')
    return kept && Array.isArray(kept.languages) && Array.isArray(kept.topics) ? kept : null
  } catch {
    return null
  }
}

/** A choice as the query of `/v1/alerts`. */
export function queryOf({ languages, topics, level }: Choice): string {
  const query = new URLSearchParams({ languages: languages.join(','), level })
  if (topics.length > 0) query.set('topics', topics.join(','))
  return query.toString()
}
