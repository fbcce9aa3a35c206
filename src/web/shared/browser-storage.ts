const store = 'tocsin-kept'

/**
 * Keeps a small value in this browser where both the page and the service worker reach it. Cache storage, because
 * localStorage does not exist in workers and IndexedDB would be forty lines for the same.
 */
export async function putStored(name: string, value: unknown): Promise<void> {
  const cache = await caches.open(store)
  await cache.put(addressOf(name), new Response(JSON.stringify(value)))
}

/** What was kept under a name; undefined when nothing was, or when this browser keeps nothing. */
export async function getStored(name: string): Promise<unknown> {
  try {
    const cache = await caches.open(store)
    return await (await cache.match(addressOf(name)))?.json()
  } catch {
    return undefined
  }
}

export async function deleteStored(name: string): Promise<void> {
  const cache = await caches.open(store)
  await cache.delete(addressOf(name))
}

/** Never asked of the network: only a name that cache storage accepts. */
function addressOf(name: string): string {
  return `/kept/${name}`
}
