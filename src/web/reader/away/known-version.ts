import { loadPart } from '../load-part.ts'

/**
 * The newest version of an alert that this device has been told of, by a notification, in the newest alerts that it has kept or in what
 * it has verified; 0: none. A mirror that has a former one may show as true what was corrected or retracted since. Never rejects.
 */
export async function knownVersion(language: string, id: string, epoch?: string): Promise<number> {
  // Where there is no service worker, no page is kept.
  const [told, kept] = await Promise.all([
    toldVersion(id, epoch).catch(() => 0),
    keptVersion(language, id).catch(() => 0),
  ])
  return Math.max(told, kept)
}

async function toldVersion(id: string, epoch?: string): Promise<number> {
  const { toldVersions } = await loadPart(() => import('../verifying/page-news-check.ts'))
  const versions = (await toldVersions(epoch)).filter((it) => it.id === id).map(({ version }) => version)
  return Math.max(0, ...versions)
}

/** In a card of `src/http/pages/alert-card.ts`. */
async function keptVersion(language: string, id: string): Promise<number> {
  const html = (await (await caches.match(`/${language}/`))?.text()) ?? ''
  const page = new DOMParser().parseFromString(html, 'text/html')
  return Number(page.querySelector<HTMLElement>(`#alerts [data-id="${CSS.escape(id)}"]`)?.dataset.version ?? 0)
}
