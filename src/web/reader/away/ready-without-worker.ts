import { loadPart, partTries } from '../load-part.ts'

/** How long a page has its network for itself, and how long a service worker has to be there that the browser can have. */
const idleMs = 4_000
const workerMs = 20_000

/**
 * A page that no service worker answers for (a private window, a browser that keeps nothing, a worker that could not be had) has no
 * scripts once the service is away. So what asks the mirrors then and shows what they have, and the keys, are loaded while it is there.
 */
export function readyWithoutWorker(): void {
  const prepare = async () => {
    if (navigator.serviceWorker?.controller) return
    await loadPart(() => import('./while-away.ts'), partTries)
    const { beReady } = await loadPart(() => import('./page-mirrors.ts'), partTries)
    await beReady()
  }
  const ms = navigator.serviceWorker ? workerMs : idleMs
  setTimeout(() => void prepare().catch((error: unknown) => console.warn('no mirror can be asked:', error)), ms)
}
