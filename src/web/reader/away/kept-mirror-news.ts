import { putStored, readStored } from '../../shared/browser-storage.ts'
import type { ToldOfMirrors } from '../../shared/mirrors/mirror-news.ts'

// What mirrors had, for who follows a link to an alert that came by a mirror alone: no page of it is kept. It was verified when it came.
// It is forgotten as soon as the service answers (`src/web/service-worker/answer-page.ts`): from then on it may be out of date.

type News = NonNullable<ToldOfMirrors>

const name = 'mirror-news'
/** So many languages, those that were read last: each has 50 alerts at most. */
const languagesMax = 5

/** Keeps what a mirror had. Never rejects. */
export async function keepMirrorNews(news: News): Promise<void> {
  try {
    const kept = await keptNews()
    const known = kept.find((it) => it.statement.language === news.statement.language)
    // In another page a later one may have come meanwhile.
    if (known?.statement.epoch === news.statement.epoch && known.statement.head > news.statement.head) return
    await putStored(name, [news, ...kept.filter((it) => it !== known)].slice(0, languagesMax))
  } catch (error) {
    console.warn('what a mirror had was not kept:', error)
  }
}

/** What a mirror had in a language, where an alert is in it, if one is named; else null. Never rejects. */
export async function keptMirrorNews(language: string, alert?: string): Promise<News | null> {
  const kept = (await keptNews()).find(({ statement }) => statement.language === language)
  const isIn = alert === undefined || kept?.entries.some((entry) => entry.alert.id === alert) === true
  return isIn ? (kept ?? null) : null
}

/** Whatever the storage gave back. */
async function keptNews(): Promise<readonly News[]> {
  const stored = await readStored(name).catch(() => null)
  return Array.isArray(stored) ? stored.filter((it) => it?.statement && Array.isArray(it.entries)) : []
}
