import { fullTimeText, timeLocale, timeText } from './time-text.ts'

const refreshMs = 30_000

/** Turns every `<time>` inside `root` into the reader's own time: in words while it is fresh, or always in `full`. */
export function showLocalTimes(root: ParentNode, language: string, form: 'fresh' | 'full' = 'fresh'): void {
  const isEnglish = timeLocale(language) !== language
  for (const time of root.querySelectorAll('time')) {
    const at = Date.parse(time.dateTime)
    if (Number.isNaN(at)) continue
    // What the server wrote stays where this browser cannot write the language.
    if (isEnglish && time.textContent !== '' && time.dataset.written === undefined) continue
    time.dataset.written = ''
    if (isEnglish) {
      time.lang = 'en'
      time.dir = 'ltr'
    }
    const full = fullTimeText(at, language)
    time.textContent = form === 'full' ? full : timeText(at, Date.now(), language)
    time.title = full
  }
}

/** Updates relative times (“5 minutes ago”) as time passes. In print, all times are absolute. */
export function keepTimesFresh(language: string): void {
  const paper = matchMedia('print')
  const show = (form?: 'fresh' | 'full') => showLocalTimes(document, language, form)
  setInterval(() => show(paper.matches ? 'full' : 'fresh'), refreshMs)
  paper.addEventListener?.('change', () => show(paper.matches ? 'full' : 'fresh'))
  addEventListener('beforeprint', () => show('full'))
  addEventListener('afterprint', () => show('fresh'))
}
