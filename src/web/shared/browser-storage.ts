import { createStore, del, get, set } from 'idb-keyval'
import { withTimeout } from './timeout.ts'

const store = createStore('tocsin', 'kept')
/** Where earlier versions kept the same values, in cache storage: what is still there moves when it is first read. */
const formerStore = 'tocsin-kept'
/** Safari's IndexedDB may not answer at all after a start (WebKit bug 226547): an alert does not wait for it. */
const answerMsMax = 2_000

/** Keeps a small value in this browser where both the page and the service worker reach it. Rejects where nothing can be kept. */
export async function putStored(name: string, value: unknown): Promise<void> {
  await answered(set(name, value, store))
  // Else a value that is deleted later would come back from there.
  await deleteFormer(name)
}

/** What was kept under a name; undefined when nothing was, or when this browser keeps nothing. */
export async function getStored(name: string): Promise<unknown> {
  try {
    return (await answered(get<unknown>(name, store))) ?? (await movedFromFormer(name))
  } catch {
    return undefined
  }
}

export async function deleteStored(name: string): Promise<void> {
  await answered(del(name, store))
  await deleteFormer(name)
}

function answered<Result>(request: Promise<Result>): Promise<Result> {
  return withTimeout(answerMsMax, () => request)
}

async function movedFromFormer(name: string): Promise<unknown> {
  if (!(await caches.has(formerStore))) return undefined
  const found = await (await caches.open(formerStore)).match(formerAddress(name))
  if (found === undefined) return undefined
  const value: unknown = await found.json()
  await putStored(name, value)
  return value
}

async function deleteFormer(name: string): Promise<void> {
  try {
    if (await caches.has(formerStore)) await (await caches.open(formerStore)).delete(formerAddress(name))
  } catch {
    // A browser without cache storage has nothing there.
  }
}

function formerAddress(name: string): string {
  return `/kept/${name}`
}
