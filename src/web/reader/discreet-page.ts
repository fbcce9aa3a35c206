/** In localStorage, because it is read before the page is first painted, and IndexedDB answers later. */
const key = 'tocsin.neutral'

/** How what was hidden is shown again. */
let undo: readonly (() => void)[] = []

/** Hides what the page is, in the tab's title and icon and where it is installed, if the reader has chosen so for this device. */
export function hideIfDiscreet(): void {
  const name = keptName()
  if (name === null || undo.length > 0) return
  const { title } = document
  document.title = name
  const neutral: Readonly<Record<string, string>> = {
    icon: '/icons/neutral-192.png',
    'apple-touch-icon': '/icons/neutral-180.png',
    manifest: `/${document.documentElement.lang}/discreet.webmanifest`,
  }
  const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel]')].filter(({ rel }) => rel in neutral)
  undo = [
    () => {
      document.title = title
    },
    ...links.map((link) => replaceLink(link, neutral[link.rel] ?? '')),
  ]
}

/** Notes whether pages are hidden, and under which neutral name; the page that is open changes at once. */
export function setDiscreetPage(isDiscreet: boolean, neutralName: string): void {
  try {
    if (isDiscreet) localStorage.setItem(key, neutralName)
    else localStorage.removeItem(key)
  } catch {
    // A browser that keeps nothing cannot know it before the page is painted.
  }
  if (isDiscreet) hideIfDiscreet()
  if (isDiscreet) return
  for (const each of undo) each()
  undo = []
}

/** Browsers see a new link; they may pass over a changed one. */
function replaceLink(link: HTMLLinkElement, address: string): () => void {
  const other = document.createElement('link')
  other.rel = link.rel
  other.href = address
  link.replaceWith(other)
  return () => other.replaceWith(link)
}

/** Whether pages of this device are hidden. */
export function isDiscreetPage(): boolean {
  return keptName() !== null
}

function keptName(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
