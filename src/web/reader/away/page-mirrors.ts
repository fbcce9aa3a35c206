import '../common-parts.ts'
import { fetchWhole } from '../../shared/fetch-whole.ts'
import { DeviceMirrors } from '../../shared/mirrors/device-mirrors.ts'
import { listIn, NewestMirrors } from '../../shared/mirrors/mirror-list.ts'
import type { AskedOfMirrors, MirrorNews, ToldOfMirrors } from '../../shared/mirrors/mirror-news.ts'
import { newsCheck } from '../verifying/page-news-check.ts'

// What only pages need that no service worker answers for: they ask the mirrors in its place. Service workers do not keep this part
// (`src/web/service-worker/kept-pages.ts`).

const tries = 4
const { pin } = newsCheck

/** In memory: such a browser may keep nothing, and the content security policy of this page allows the mirrors of its time alone. */
let kept: unknown
let words = ''
const list = new NewestMirrors(pin, {
  read: async () => kept,
  write: async (newer) => {
    kept = newer
  },
})
const mirrors = new DeviceMirrors({
  pin,
  urls: () => list.urls(),
  origin: location.origin,
  keepList: (newer) => list.keep(newer),
})
let ready: Promise<void> | undefined

/**
 * Gets all that the mirrors are asked with, while the service is there: its keys, without which nothing can be verified, the list, and
 * the words, which are in the page that service workers keep for no connection. Rejects where the service does not answer.
 */
export function beReady(): Promise<void> {
  ready ??= prepare().catch((error: unknown) => {
    ready = undefined
    throw error
  })
  return ready
}

async function prepare(): Promise<void> {
  if ((await pin.keys()) === null) await pin.ask()
  const page = await offlinePage()
  const { mirror = '', mirrors: signed = '' } = page.querySelector<HTMLElement>('main')?.dataset ?? {}
  await list.learn(listIn(signed))
  words = mirror
}

async function offlinePage(): Promise<Document> {
  for (let tried = 1; ; tried += 1)
    try {
      const { answer, text } = await fetchWhole(`/${document.documentElement.lang}/offline`, tried, {
        credentials: 'omit',
      })
      if (!answer.ok) throw new Error(`the page for no connection was answered ${answer.status}`)
      return new DOMParser().parseFromString(text, 'text/html')
    } catch (error) {
      if (tried === tries) throw error
    }
}

/** Asks the mirrors, and gives what they have that is newer than what the page shows. */
export async function askFromPage(
  { mirrorsFor, seen }: AskedOfMirrors,
  found: (told: NonNullable<ToldOfMirrors>) => void,
): Promise<void> {
  await beReady()
  await mirrors.ask(mirrorsFor, seen, (news: MirrorNews) => found({ ...news, words }))
}
