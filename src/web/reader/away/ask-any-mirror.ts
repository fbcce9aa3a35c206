import type { AskedOfMirrors, ToldOfMirrors } from '../../shared/mirrors/mirror-news.ts'
import { withTimeout } from '../../shared/timeout.ts'
import { loadPart } from '../load-part.ts'

/** Each mirror has a limit of its own. */
const allMsMax = 150_000

/**
 * Asks the mirrors, by way of the service worker where one answers for this page. Calls `found` for what they have that is newer;
 * resolves once all that are to be asked were.
 */
export function askAnyMirror(asked: AskedOfMirrors, found: (told: NonNullable<ToldOfMirrors>) => void): Promise<void> {
  return withTimeout(allMsMax, async () => {
    const controller = navigator.serviceWorker?.controller
    if (controller) return askedOfWorker(controller, asked, found)
    const { askFromPage } = await loadPart(() => import('./page-mirrors.ts'), 1)
    await askFromPage(asked, found)
  })
}

function askedOfWorker(
  worker: ServiceWorker,
  asked: AskedOfMirrors,
  found: (told: NonNullable<ToldOfMirrors>) => void,
): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<ToldOfMirrors>) => (data === null ? resolve() : found(data))
    worker.postMessage(asked, [port2])
  })
}
