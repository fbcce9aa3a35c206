import { counted } from '../../domain/plural.ts'
import type { Head } from '../../signing/statements.ts'
import { isPublicKey } from '../../signing/verify/verifier.ts'
import { oldMs } from '../../signing/verify/verify-statements.ts'
import { beginning } from '../commands/bundle/bundle-source.ts'
import { ageText, faultText } from '../commands/bundle/bundle-words.ts'
import { checkedBundle } from '../commands/bundle/checked-bundle.ts'
import { ask, errorMessage, type Service } from '../service-client.ts'
import type { Finding, Newsroom } from './doctor-basics.ts'

/** How long a mirror's file may take; a reader on a slow network waits longer. */
const answerMsMax = 20_000
const detail = 'docs/operating.md, Mirrors'

/** What is wrong with a mirror's file of one language, or as of when it is. */
type Copy = { readonly head: Head } | { readonly why: string; readonly mend: string; readonly isDoubt?: true }

/**
 * Asks each mirror that the newsroom lists for the bundle of each language, as readers' devices do, and verifies it with the
 * service's signing keys. A mirror that only readers with Tor can reach is a doubt.
 */
export async function checkMirrors(service: Service, newsroom: Newsroom, stop: AbortSignal): Promise<Finding[]> {
  const urls = strings(Object(newsroom.mirrors).urls).filter((url) => URL.canParse(url))
  const keys = strings([newsroom.signingKeys].flat().map((it) => Object(it).publicKey)).filter(isPublicKey)
  const tags = (newsroom.languages ?? []).map(({ tag }) => tag)
  if (urls.length === 0 || keys.length === 0) return []
  const seen = await headOf(service, stop)
  return Promise.all(
    urls.map(async (url): Promise<Finding> => {
      const what = `The mirror ${url} has the news`
      if (new URL(url).hostname.endsWith('.onion'))
        return { state: 'doubt', what, why: `${url} is reached over Tor only, so it was not looked at.`, mend: byTor }
      const copies = await Promise.all(tags.map((tag) => copyOf(new URL(`bundles/${tag}.json`, url), keys, seen)))
      return judged(what, copies)
    }),
  )

  async function copyOf(address: URL, keys: readonly string[], seen: Head | null): Promise<Copy> {
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(answerMsMax)])
      // A page says its origin, and some servers answer by it.
      const headers = { 'accept-language': '*', origin: service.url.origin }
      const answer = await fetch(address, { headers, signal, redirect: 'manual' })
      const fault = faultOf(address, answer, service.url.origin)
      return fault ?? (await verified(address, await beginning(answer.body ?? []), keys, seen))
    } catch (error) {
      if (stop.aborted) throw error
      return { why: `${address}: ${errorMessage(error)}`, mend: 'Ask who runs it; readers pass it over meanwhile.' }
    }
  }
}

const byTor = 'Get a file of it with Tor, and check that: npx tocsin verify <file> --key <key>.'

function judged(what: string, copies: readonly Copy[]): Finding {
  const wrong = copies.filter((copy) => 'why' in copy)
  const [first] = wrong.toSorted((a, b) => Number(a.isDoubt ?? false) - Number(b.isDoubt ?? false))
  if (first !== undefined) {
    const more = wrong.length > 1 ? ` So or similar in ${counted(wrong.length, 'language')} of ${copies.length}.` : ''
    return { state: first.isDoubt ? 'doubt' : 'fault', what, why: `${first.why}${more}`, mend: first.mend }
  }
  const times = copies.flatMap((copy) => ('head' in copy ? [Date.parse(copy.head.at)] : []))
  const age = ageText(Date.now() - Math.min(...times))
  return { state: 'good', what: `${what} in ${counted(copies.length, 'language')}, as of ${age}` }
}

/** What keeps a reader's page from an answer, whatever is in it; null: nothing. */
function faultOf(address: URL, answer: Response, origin: string): Copy | null {
  const { status, headers } = answer
  if (status >= 300 && status < 400) {
    const mend = 'List the address to which it leads (mirrors in the newsroom’s file, with a new mirrorsAt).'
    return { why: `${address} leads to ${headers.get('location')}, where readers do not follow.`, mend }
  }
  if (status !== 200)
    return { why: `${address} was answered ${status}.`, mend: `Copy the export there again (${detail}).` }
  const allowed = headers.get('access-control-allow-origin')
  if (allowed === '*' || allowed === origin) return null
  const why = `${address} comes without Access-Control-Allow-Origin: *, so that no page of another origin may read it.`
  return { why, mend: `Let its server send that header (${detail}).` }
}

async function verified(address: URL, bytes: Uint8Array, keys: readonly string[], seen: Head | null): Promise<Copy> {
  const [newest] = keys
  const { faults, head, statement } = await checkedBundle(bytes, newest)
  const [fault] = faults
  if (fault?.kind === 'keys-changed' && (await checkedBundle(bytes, keys.at(-1))).faults.length === 0)
    return stale(`${address} is from before the last rotation of the signing key.`)
  if (fault !== undefined || head === null || statement === null) {
    const why = `${address}: ${fault === undefined ? 'it has no head.' : faultText(fault)}`
    return { why, mend: `Copy the export there again; if that does not help, take it off the list (${detail}).` }
  }
  const language = /([^/]+)\.json$/.exec(address.pathname)?.[1]
  if (statement.language !== language)
    return {
      why: `${address} is of the language ${statement.language}.`,
      mend: `Copy the export there again (${detail}).`,
    }
  if (seen !== null && seen.epoch !== head.epoch)
    return stale(`${address} is of another log (${head.epoch}), as from before a restored backup.`)
  const ageMs = Date.now() - Date.parse(head.at)
  if (ageMs <= oldMs) return { head }
  const missing = seen === null ? 0 : seen.head - head.head
  const lacks = missing > 0 ? ` It lacks up to ${counted(missing, 'entry', 'entries')}.` : ''
  return stale(`${address} is as of ${ageText(ageMs)}.${lacks}`)
}

function stale(why: string): Copy {
  return { why, mend: `Copy the export there every few minutes (${detail}).`, isDoubt: true }
}

async function headOf(service: Service, signal: AbortSignal): Promise<Head | null> {
  try {
    const { epoch, head, at } = Object((await ask(service, { path: 'v1/head', signal })).body) as Head
    return typeof head === 'number' ? { epoch, head, at } : null
  } catch {
    // Whether the service answers at all is a finding of another check.
    return null
  }
}

function strings(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.filter((it) => typeof it === 'string') : []
}
