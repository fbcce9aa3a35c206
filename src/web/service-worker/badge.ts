import { getStored, putStored } from '../shared/browser-storage.ts'

declare const self: ServiceWorkerGlobalScope

// How many alerts came that the reader has not looked at, on the icon of the installed page. Where the system shows no such
// number, nothing happens.

const name = 'unread'

/** Counts an alert, once however often it changes. While a page of ours is in sight there is nothing to count. */
export async function countUnread(id: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window' })
  if (id === '' || pages.some(({ visibilityState }) => visibilityState === 'visible')) return
  const ids = new Set([...unreadOf(await getStored(name)), id])
  await putStored(name, [...ids])
  await self.navigator.setAppBadge?.(ids.size)
}

/** The reader looks at a page of ours. */
export async function clearUnread(): Promise<void> {
  await self.navigator.clearAppBadge?.()
  if (unreadOf(await getStored(name)).length > 0) await putStored(name, [])
}

function unreadOf(stored: unknown): readonly string[] {
  return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : []
}
