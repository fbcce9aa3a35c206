import { loadPart } from './load-part.ts'

/** Loads what the keys do in the list of languages once it is opened: few readers open it, and never twice on one page. */
export function loadLanguageMenu(): void {
  const load = () =>
    void loadPart(() => import('./language-menu.ts')).then(({ keepLanguageMenu }) => keepLanguageMenu(), console.warn)
  const menu = document.querySelector<HTMLDetailsElement>('.languages')
  // This script comes after the page, so the reader may have been faster.
  if (menu?.open) load()
  else menu?.addEventListener('toggle', load, { once: true })
}
