import type { Formats } from '../../domain/writing/formats.ts'
import { fullMomentText, momentText } from './moment-text.ts'

const refreshMs = 30_000

/** What times in a page are written with: the page's language, and how that is written. */
export type TimesConfig = { readonly language: string; readonly formats: Formats }

/** Turns every `<time>` inside `root` into the reader's own time: in words while it is fresh, or always in `full`. */
export function showLocalTimes(
  root: ParentNode,
  { language, formats }: TimesConfig,
  form: 'fresh' | 'full' = 'fresh',
): void {
  for (const time of root.querySelectorAll('time')) {
    const at = Date.parse(time.dateTime)
    if (Number.isNaN(at)) continue
    // English, where there is no table of the page's language.
    if (formats.language !== language) {
      time.lang = formats.language
      time.dir = 'ltr'
    }
    const full = fullMomentText(at, formats)
    time.textContent = form === 'full' ? full : momentText(at, Date.now(), formats)
    time.title = full
  }
}

/** Updates relative times (“5 minutes ago”) as time passes. In print, all times are absolute. */
export function keepTimesFresh(config: TimesConfig): void {
  const paper = matchMedia('print')
  const show = (form?: 'fresh' | 'full') => showLocalTimes(document, config, form)
  setInterval(() => show(paper.matches ? 'full' : 'fresh'), refreshMs)
  paper.addEventListener?.('change', () => show(paper.matches ? 'full' : 'fresh'))
  addEventListener('beforeprint', () => show('full'))
  addEventListener('afterprint', () => show('fresh'))
}
