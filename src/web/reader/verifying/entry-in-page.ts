import '../common-parts.ts'
import type { Received } from './news-check.ts'

/** The signed entry in an alert's own page (`src/http/pages/news-article.ts`); one of no alert where there is none. */
export function entryIn(page: Document): Received {
  try {
    const data = page.querySelector('[type="application/ld+json"]')?.textContent ?? ''
    const { cursor, seq, kind, at, alert } = JSON.parse(data)['tocsin:entry']
    return { cursor: String(cursor), seq, kind, at, alert: Object(alert) }
  } catch {
    return { cursor: '', seq: 0, kind: 'alert', at: '', alert: Object() }
  }
}

/** All that a card, or the article of an alert's own page, says, and where it leads; of its time, which is written anew each minute, what it is. */
export function said(card: HTMLElement): string {
  const parts = [...card.querySelectorAll<HTMLElement>('*')].map((it) => {
    const own = [...it.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map((node) => node.textContent)
    const targets = ['href', 'src', 'datetime'].map((name) => it.getAttribute(name) ?? '')
    return [it.tagName, it.lang, ...targets, it.tagName === 'TIME' ? '' : plain(own.join(''))]
  })
  const { id, version, level, status } = card.dataset
  return JSON.stringify([id, version, level, status, ...parts])
}

/** HTML keeps white space otherwise than JSON. */
export function plain(text: string | null): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
