/** The names of languages and topics, as the page itself has them: in its menu and its form. */
export type PageNames = {
  readonly names: Readonly<Record<string, string>>
  readonly dirs: Readonly<Record<string, string>>
  readonly topics: Readonly<Record<string, string>>
}

/** Reads them from the page. `own`: the name of the page's language, which a menu of one would not show. */
export function readPageNames(language: string, own: string): PageNames {
  const names: Record<string, string> = { [language]: own }
  const dirs: Record<string, string> = { [language]: document.documentElement.dir }
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.languages a[hreflang]')) {
    names[link.hreflang] = link.textContent ?? ''
    dirs[link.hreflang] = link.querySelector('bdi')?.dir ?? 'auto'
  }
  const topics: Record<string, string> = {}
  for (const box of document.querySelectorAll<HTMLInputElement>('#choice-form input[name="topics"]'))
    topics[box.value] = box.closest('label')?.textContent?.trim() ?? box.value
  return { names, dirs, topics }
}
