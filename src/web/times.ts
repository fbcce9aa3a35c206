import { timeText } from './time-text.ts'

const refreshMs = 30_000

/** Turns every `<time>` inside `root` into the reader's own time: in words while it is fresh, or always in `full`. */
export function showLocalTimes(root: ParentNode, language: string, form: 'fresh' | 'full' = 'fresh'): void {
  for (const time of root.querySelectorAll('time')) {
    const at = Date.parse(time.dateTime)
    if (Number.isNaN(at)) continue
    const spoken = spokenFor(language)
    // What the server wrote stays where this browser cannot write the language.
    if (spoken === null && time.textContent !== '') continue
    const full = new Intl.DateTimeFormat(spoken ?? 'en-GB', { dateStyle: 'long', timeStyle: 'long' }).format(at)
    time.textContent = form === 'full' ? full : timeText(at, Date.now(), spoken ?? 'en-GB')
    time.title = full
  }
}

/** Keeps the words of fresh times true. */
export function keepTimesFresh(language: string): void {
  setInterval(() => showLocalTimes(document, language), refreshMs)
}

function spokenFor(language: string): string | null {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language).length > 0 ? language : null
  } catch {
    // A tag that Intl does not take, such as one of private use only.
    return null
  }
}
