import { seenIn } from '../../../signing/verify/verify-statements.ts'
import { putStored, readStored } from '../../shared/browser-storage.ts'
import { DeviceMirrors } from '../../shared/mirrors/device-mirrors.ts'
import { listIn, type Mirrors, NewestMirrors } from '../../shared/mirrors/mirror-list.ts'
import type { ToldOfMirrors } from '../../shared/mirrors/mirror-news.ts'
import { wordIn } from '../kept-pages.ts'
import { parsePayload } from '../notification.ts'
import { offlinePage } from '../page-cache.ts'
import type { PushCheck } from '../push-check.ts'

// A script of its own beside push-check.js, which the readers' service worker imports after that one.

declare const self: ServiceWorkerGlobalScope & { readonly tocsinPushCheck: PushCheck }

const { pin } = self.tocsinPushCheck
const storage = { read: () => readStored('mirrors'), write: (list: unknown) => putStored('mirrors', list) }
const list = new NewestMirrors(pin, storage)
const mirrors = new DeviceMirrors({
  pin,
  urls: () => list.urls(),
  origin: self.location.origin,
  keepList: (newer) => list.keep(newer),
})

/** For a device that knows no better words. */
const inEnglish = 'From the mirror {host}. As of: {time}'

Object.assign(self, { tocsinMirrors: list satisfies Mirrors })

self.addEventListener('push', (event) => event.waitUntil(learnFrom(event.data?.text())))

/** Only from a push that may be shown: its key may be one that this push makes known. */
async function learnFrom(text: string | undefined): Promise<void> {
  const payload = parsePayload(text)
  const offered = (Object(payload) as { readonly mirrors?: unknown }).mirrors
  if (offered !== undefined && (await self.tocsinPushCheck.mayShow(payload))) await list.learn(offered)
}

// A page asks: { mirrorsFor: its language, seen: what it shows }, with a port for the answers.
self.addEventListener('message', (event) => {
  const { mirrorsFor, seen } = Object(event.data) as Readonly<Record<string, unknown>>
  const [port] = event.ports
  if (port === undefined || typeof mirrorsFor !== 'string' || !/^[A-Za-z0-9-]{1,40}$/.test(mirrorsFor)) return
  const page = (event.source as Partial<Client> | null)?.id
  event.waitUntil(tell(port, mirrorsFor, seen, page).catch((error: unknown) => console.warn('no mirror:', error)))
})

async function tell(port: MessagePort, language: string, seen: unknown, asks: string | undefined): Promise<void> {
  const say = (told: ToldOfMirrors) => port.postMessage(told)
  const page = await offlinePage(language).catch(() => '')
  // Each visit brings that page anew, also to readers without notifications.
  await list.learn(listIn(wordIn(page, 'mirrors')))
  const words = wordIn(page, 'mirror') || inEnglish
  await mirrors.ask(language, seenIn(seen), (news) => say({ ...news, words }), asks)
  say(null)
}
