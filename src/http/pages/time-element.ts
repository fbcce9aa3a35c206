import { html } from 'hono/html'
import { localeSupport } from '../../domain/locale-support.ts'
import { intlLocaleOf } from '../../domain/parsing/language-tag.ts'
import type { Html } from './page-words.ts'

const form = {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
  timeZoneName: 'short',
} as const

const formats = new Map<string, { readonly language: string; readonly format: Intl.DateTimeFormat }>()

/** A time in UTC as the language writes it; the page's script turns it into the reader's own time. */
export function timeIn(language: string, at: string): Html {
  const { language: spoken, format } = formatIn(language)
  const words = format.format(new Date(at))
  return spoken === language
    ? html`<time datetime="${at}">${words}</time>`
    : html`<time datetime="${at}" lang="${spoken}" dir="ltr">${words}</time>`
}

function formatIn(language: string) {
  const known = formats.get(language)
  if (known) return known
  const locale = intlLocaleOf(language)
  const spoken = locale !== null && localeSupport(locale).dates ? locale : 'en'
  const made = { language: spoken, format: new Intl.DateTimeFormat(spoken === 'en' ? 'en-GB' : spoken, form) }
  formats.set(language, made)
  return made
}
