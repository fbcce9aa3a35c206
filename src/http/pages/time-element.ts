import { html } from 'hono/html'
import { utcWall, writtenTime } from '../../domain/writing/written-time.ts'
import type { Html, PageWords } from './page-words.ts'

/** A time in UTC as the language writes it; the page's script turns it into the reader's own time. */
export function timeIn({ language, formats }: Pick<PageWords, 'language' | 'formats'>, at: string): Html {
  const words = writtenTime(formats, utcWall(Date.parse(at)), { zone: 'UTC' })
  // English, where there is no table of the language.
  return formats.language === language
    ? html`<time datetime="${at}">${words}</time>`
    : html`<time datetime="${at}" lang="${formats.language}" dir="ltr">${words}</time>`
}
