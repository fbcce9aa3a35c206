import { listen } from '../../client/listen.ts'
import { errorMessage, type Service } from '../service-client.ts'
import type { Finding } from './doctor-basics.ts'

const firstWordMsMax = 10_000

/** Whether the first message of a stream arrives: a connection alone proves little, because a proxy can buffer what it carries. */
export function checkStream(
  { url }: Service,
  transport: 'socket' | 'events',
  stop: AbortSignal,
  msMax = firstWordMsMax,
): Promise<Finding> {
  const what = transport === 'socket' ? 'The WebSocket brings its welcome' : 'The event stream brings its first event'
  const mend =
    transport === 'socket'
      ? 'Let the proxy pass on upgrades for /v1/socket (Upgrade and Connection headers, HTTP/1.1).'
      : 'Let the proxy not buffer /v1/events, and not compress it.'
  return new Promise((resolve) => {
    const end = (finding: Finding) => {
      clearTimeout(timer)
      listening.close()
      resolve(finding)
    }
    const fault = (why: string) => end({ state: 'fault', what, why, mend })
    const timer = setTimeout(() => fault(`Nothing came in ${msMax / 1_000} s.`), msMax)
    const listening = listen({
      url,
      transport,
      signal: stop,
      onEntry() {
        // What is published meanwhile is for others.
      },
      onState(state, detail) {
        // `end` needs `listening`, which is not there before `listen` has returned.
        if (state === 'live') queueMicrotask(() => end({ state: 'good', what }))
        if (state === 'waiting' || state === 'stopped') queueMicrotask(() => fault(reasonOf(detail)))
      },
    })
  })
}

function reasonOf(detail: unknown): string {
  const { code, reason, status, error } = Object(detail) as Record<string, unknown>
  if (error !== undefined) return errorMessage(error)
  if (status !== undefined) return `The answer was ${status}.`
  return code === undefined ? String(reason ?? 'It was stopped.') : `It was closed with ${code} ${reason ?? ''}`.trim()
}

/** Whether the feeds of a language are valid. */
export async function checkFeeds({ url }: Service, tag: string, stop: AbortSignal): Promise<Finding[]> {
  let last = ''
  const check = async (file: string, isRight: (text: string) => boolean): Promise<Finding> => {
    const path = `feeds/${tag}.${file}`
    const what = `The feed /${path} can be read`
    const mend = 'Look into the service’s log; a proxy may also answer in its place.'
    try {
      const response = await fetch(new URL(path, url), {
        signal: AbortSignal.any([stop, AbortSignal.timeout(firstWordMsMax)]),
      })
      const text = await response.text()
      last = text
      if (response.status !== 200) return { state: 'fault', what, why: `The answer was ${response.status}.`, mend }
      return isRight(text) ? { state: 'good', what } : { state: 'fault', what, why: 'It is not well formed.', mend }
    } catch (error) {
      return { state: 'fault', what, why: errorMessage(error), mend }
    }
  }
  const feeds = [await check('atom', isAtom), await check('json', isJsonFeed)]
  if (feeds.at(-1)?.state !== 'good') return feeds
  const linked = homeOf(last)
  const isElsewhere = linked !== null && linked.origin !== url.origin
  return [...feeds, ...checkLinks(url, last, isElsewhere && (await isSameService(url, linked, stop)))]
}

/** Where a JSON feed says that its pages are; null: it does not say. */
function homeOf(feed: string): URL | null {
  const { home_page_url: home } = Object(JSON.parse(feed)) as { home_page_url?: unknown }
  return typeof home === 'string' && URL.canParse(home) ? new URL(home) : null
}

/** Whether two addresses lead to one service, such as that of a node and that of all: then both have its push key. */
async function isSameService(one: URL, other: URL, stop: AbortSignal): Promise<boolean> {
  const keyOf = async (url: URL) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(firstWordMsMax)])
    const { vapidPublicKey } = Object(await (await fetch(new URL('/v1/newsroom', url), { signal })).json())
    return typeof vapidPublicKey === 'string' ? vapidPublicKey : null
  }
  const [key, otherKey] = await Promise.all([keyOf(one), keyOf(other)]).catch(() => [null, null])
  return key !== null && key === otherKey
}

const isHere = ({ hostname }: URL) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)

/**
 * Whether the links in a JSON feed lead where it was asked for, or to where readers are: from this machine, or from the
 * address of one node. `isSame`: both addresses lead to one service.
 */
export function checkLinks(asked: URL, feed: string, isSame = false): Finding[] {
  const linked = homeOf(feed)
  if (linked === null) return []
  const what = `Links lead to ${linked.origin}`
  // Readers can follow neither a link to the proxy's own machine nor, from a page by TLS, one without.
  const isWorse = (isHere(linked) && !isHere(asked)) || (asked.protocol === 'https:' && linked.protocol !== 'https:')
  const isPublic = isHere(asked) && !isHere(linked)
  if (linked.origin === asked.origin || isPublic || (isSame && !isWorse)) return [{ state: 'good', what }]
  const why = `It was asked at ${asked.origin}: readers who come that way are led elsewhere. A proxy in between changes the Host header or ends TLS.`
  const mend = `Set PUBLIC_URL to the address that readers see, such as https://alerts.example, and start the service again. If that is ${linked.origin}, ask there: npx tocsin doctor --url ${linked.origin}`
  return [{ state: 'fault', what, why, mend }]
}

function isJsonFeed(text: string): boolean {
  try {
    const { version, items } = Object(JSON.parse(text)) as { version?: unknown; items?: unknown }
    return String(version).startsWith('https://jsonfeed.org/version/1') && Array.isArray(items)
  } catch {
    return false
  }
}

const markup =
  /<(?:!--[\s\S]*?--|\?[\s\S]*?\?|!\[CDATA\[[\s\S]*?\]\]|(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?))>/g

/** Whether it is an Atom feed whose elements are closed in their order: no validator, but it finds cut and mixed ones. */
export function isAtom(text: string): boolean {
  const open: string[] = []
  let root: string | undefined
  for (const [, closing, name, , alone] of text.matchAll(markup)) {
    if (name === undefined) continue
    root ??= name
    if (closing === '/') {
      if (open.pop() !== name) return false
    } else if (alone !== '/') open.push(name)
  }
  const between = text.replace(markup, '')
  return root === 'feed' && open.length === 0 && !/[<]|&(?!#\d+;|#x[\da-fA-F]+;|\w+;)/.test(between)
}
