/** The alert that a page is of. */
export type AlertInPage = {
  readonly id: string
  readonly language: string
  /** What the page shows of it; 0 where it was not kept, so that it shows nothing. */
  readonly version: number
  /** The place of that version in the log. */
  readonly cursor: string
}

/** Before every entry of any log. */
const nowhere = '.0'

/** The alert of an alert's own page, also of the one that a service worker puts in its place for want of a connection. */
export function alertInPage(): AlertInPage | null {
  const [, language = '', id = ''] = /^\/([\w-]+)\/alerts\/([\w-]+)$/.exec(location.pathname) ?? []
  const { dataset } = document.querySelector<HTMLElement>('article.whole') ?? {}
  if (id === '') return null
  return { id: dataset?.id ?? id, language, version: Number(dataset?.version ?? 0), cursor: cursorInPage() }
}

function cursorInPage(): string {
  try {
    const data = document.querySelector('[type="application/ld+json"]')?.textContent ?? ''
    return String(JSON.parse(data)['tocsin:entry'].cursor)
  } catch {
    return nowhere
  }
}
