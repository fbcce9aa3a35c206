import { fetchWhole } from '../shared/fetch-whole.ts'

const waitMsMax = 30_000

/** How often a part is asked for that needs no tap: for some minutes. */
export const partTries = 12

/** Every static import of a part's text. */
const needed = /(?:from|import)"\.\/([\w-]+\.js)"/g
const loaded = new Set<string>()

/**
 * Loads a part of the script. A browser may remember that a module could not be had until the page is loaded anew, so a part and
 * those that it needs are fetched first, which can be repeated; the import then finds them in the browser's cache. `load`: only
 * imports the part, so that its text has the address. `onMissing`: it could not be had and is tried again.
 */
export async function loadPart<Part>(load: () => Promise<Part>, tries = 2, onMissing = () => {}): Promise<Part> {
  const fetchParts = async (text: string, pattern: RegExp): Promise<void> => {
    await Promise.all([...text.matchAll(pattern)].map(([, name = '']) => fetchPart(name)))
  }
  async function fetchPart(name: string): Promise<void> {
    for (let tried = 1; !loaded.has(name); tried += 1)
      try {
        const { answer, text } = await fetchWhole(`/assets/immutable/${name}`, tried)
        if (!answer.ok) throw new Error(`${name} was answered ${answer.status}`)
        loaded.add(name)
        await fetchParts(text, needed)
      } catch (error) {
        if (tried === tries) throw error
        onMissing()
        await pause(Math.min(2 ** tried * 500, waitMsMax))
      }
  }
  await fetchParts(String(load), /import\("\.\/([\w-]+\.js)"\)/g)
  return load()
}

/** Until then, or until the device is online again. */
function pause(ms: number): Promise<unknown> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
    addEventListener('online', resolve, { once: true })
  })
}
