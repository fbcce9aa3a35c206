/** In localStorage, because it is read before the page is first painted, and IndexedDB answers later. */
const key = 'tocsin.neutral'
const neutralIcon = '/icons/discreet.svg'
const neutralManifest = '/discreet.webmanifest'

/** Hides what the page is, in the tab's title and icon and where it is installed, if the reader has chosen so for this device. */
export function hideIfDiscreet(): void {
  const name = keptName()
  if (name === null) return
  document.title = name
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"]')) link.href = neutralIcon
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="manifest"]')) link.href = neutralManifest
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="apple-touch-icon"]'))
    link.href = '/icons/discreet-180.png'
}

/** Notes whether pages are hidden, and under which neutral name; the page that is open changes at once or at the next visit. */
export function setDiscreetPage(isDiscreet: boolean, neutralName: string): void {
  const was = keptName() !== null
  try {
    if (isDiscreet) localStorage.setItem(key, neutralName)
    else localStorage.removeItem(key)
  } catch {
    // A browser that keeps nothing cannot know it before the page is painted.
  }
  if (isDiscreet) hideIfDiscreet()
  else if (was) location.reload()
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
