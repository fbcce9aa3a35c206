import { loadPart } from '../load-part.ts'

/**
 * The newest version of an alert that this device has been told of, by a notification, in the newest alerts that it has kept or in what it has verified; 0: none. A
 * mirror that has a former one may show as true what was corrected or retracted since. Never rejects.
 */
export async function knownVersion(language: string, id: string, epoch?: string): Promise<number> {
  const { knownVersions } = await loadPart(() => import('../verifying/known-versions.ts'))
  const verified = (await knownVersions(epoch)).get(id) ?? 0
  // Both are a service worker's.
  if (!navigator.serviceWorker?.controller) return verified
  const [pushed, kept] = await Promise.all([pushedVersion(id).catch(() => 0), keptVersion(language, id).catch(() => 0)])
  return Math.max(pushed, kept, verified)
}

async function pushedVersion(id: string): Promise<number> {
  const { pushedVersions } = await loadPart(() => import('../verifying/page-news-check.ts'))
  return (await pushedVersions()).find((it) => it.id === id)?.version ?? 0
}

/** In a card of `src/http/pages/alert-card.ts`. */
async function keptVersion(language: string, id: string): Promise<number> {
  const html = (await (await caches.match(`/${language}/`))?.text()) ?? ''
  const page = new DOMParser().parseFromString(html, 'text/html')
  return Number(page.querySelector<HTMLElement>(`#alerts [data-id="${CSS.escape(id)}"]`)?.dataset.version ?? 0)
}
