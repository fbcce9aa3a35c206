import { del, get, set } from 'idb-keyval'
import { withTimeout } from './timeout.ts'

/** Where earlier versions kept the same values, in cache storage: what is still there moves when it is first read. */
const formerStore = 'tocsin-kept'
/** Safari's IndexedDB may not answer at all after a start (WebKit bug 226547): an alert does not wait for it. */
const answerMsMax = 2_000

/** Keeps a small value in this browser where both the page and the service worker reach it. Rejects where nothing can be kept. */
export async function putStored(name: string, value: unknown): Promise<void> {
  await answered(set(name, value))
  // Else a value that is deleted later would come back from there.
  await inFormer('delete', name).catch(() => {})
}

/** What was kept under a name; undefined when nothing was, or when this browser keeps nothing. */
export async function getStored(name: string): Promise<unknown> {
  try {
    return (await answered(get<unknown>(name))) ?? (await movedFromFormer(name))
  } catch {
    return undefined
  }
}

/** The same for what no earlier version kept elsewhere; rejects where this browser does not answer, or throws as Firefox does where sites may keep nothing. */
export async function readStored(name: string): Promise<unknown> {
  return answered(get<unknown>(name))
}

export async function deleteStored(name: string): Promise<void> {
  await answered(del(name))
  await inFormer('delete', name).catch(() => {})
}

function answered<Result>(request: Promise<Result>): Promise<Result> {
  return withTimeout(answerMsMax, () => request)
}

async function movedFromFormer(name: string): Promise<unknown> {
  const found = await inFormer('match', name)
  if (!(found instanceof Response)) return undefined
  const value: unknown = await found.json()
  await putStored(name, value)
  return value
}

async function inFormer(act: 'match' | 'delete', name: string): Promise<unknown> {
  return (await caches.has(formerStore)) && (await caches.open(formerStore))[act](`/kept/${name}`)
}
