import { baseOf } from '../client-requests.ts'
import type { World } from '../platform.ts'

const answerMsMax = 5_000

/** What a newsroom tells of what is signed: anything, undefined where it tells nothing. */
type Told = { readonly signingKeys: unknown; readonly mirrors: unknown }

/** Asks a service for its signing keys and mirrors. Rejects where it does not answer in time. */
export async function askNewsroom(url: string | URL, { fetch, later }: Pick<World, 'fetch' | 'later'>): Promise<Told> {
  const abort = new AbortController()
  const cancel = later(answerMsMax, () => abort.abort())
  try {
    const address = new URL('v1/newsroom', baseOf(url)).href
    const response = await fetch(address, { headers: {}, signal: abort.signal, ...uncached() })
    if (!response.ok) throw new Error(`the newsroom was answered ${response.status}`)
    const { signingKeys, mirrors } = Object(await response.json()) as Told
    return { signingKeys, mirrors }
  } finally {
    cancel()
  }
}

/** A cached list may be one from before a rotation. Workers of before 2024-11 refuse the option. */
function uncached(): { readonly cache?: 'no-store' } {
  try {
    new Request('https://alerts.example', { cache: 'no-store' })
    return { cache: 'no-store' }
  } catch {
    return {}
  }
}
