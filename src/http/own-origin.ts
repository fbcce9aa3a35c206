import { Problem } from '../domain/problem.ts'

type Header = (name: string) => string | undefined

/** The origin of our own pages: PUBLIC_URL, and whether forwarding headers are trusted (TRUST_PROXY). */
export type OriginSettings = { readonly publicUrl: string | null; readonly trustProxy?: boolean | undefined }

/**
 * Why a request that comes with the desk's cookie, or asks for one, is not from our own page; null: it is. Browsers
 * prove it by `Sec-Fetch-Site: same-origin`, which no page can forge and no proxy changes
 * (https://www.w3.org/TR/fetch-metadata/). Older ones, and sockets, send their `Origin`: it must be ours, or the one at
 * which the session was opened. Other programs send neither header, and have no cookie of a browser.
 */
export function foreignOrigin(
  header: Header,
  place: OriginSettings,
  sessionOrigin: string | null = null,
): Problem | null {
  const site = header('sec-fetch-site')
  if (site === 'same-origin') return null
  const origin = header('origin')
  if (site !== undefined && site !== 'none')
    return refused(
      `A page of another site (${shown(origin)}) asked for this. Only the desk's own pages may use its session. Open the desk itself.`,
    )
  if (origin === undefined || origin === place.publicUrl || origin === sessionOrigin) return null
  const hosts = [header('host'), ...(place.trustProxy ? [firstOf(header('x-forwarded-host'))] : [])]
  return hosts.some((host) => isHostOf(origin, host)) ? null : refused(mismatch(origin, header, place))
}

/**
 * Whether the session's cookie is to travel over https only: where the browser is decides, which behind a proxy that
 * ends TLS is not where the request arrives. Throws a Problem (403) for a page without https of a service that has it:
 * its browser would drop the cookie, and no later request would be signed in.
 */
export function isSecurePage(header: Header, url: string, { publicUrl, trustProxy }: OriginSettings): boolean {
  const origin = header('origin')
  if (origin !== undefined && URL.canParse(origin)) {
    const { protocol, hostname } = new URL(origin)
    if (protocol === 'https:') return true
    if (isLoopbackName(hostname)) return false
    if (publicUrl?.startsWith('https:'))
      throw refused(
        `This page is at ${shown(origin)}, without https, and PUBLIC_URL is ${publicUrl}: the session must not travel in the clear. Sign in at ${publicUrl}/desk.`,
      )
    return false
  }
  if (publicUrl !== null) return publicUrl.startsWith('https:')
  if (trustProxy && firstOf(header('x-forwarded-proto')) === 'https') return true
  return url.startsWith('https:')
}

/** Whether a name in an address is this machine itself. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** The host of an origin, compared as browsers do: without case, and without the scheme's own port. */
function isHostOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false
  const { protocol, host: wanted } = new URL(origin)
  const asked = `${protocol}//${host}`
  return URL.canParse(asked) && new URL(asked).host === wanted && wanted !== ''
}

function mismatch(origin: string, header: Header, { publicUrl, trustProxy }: OriginSettings): string {
  const asked = shown(header('host'))
  const forwarded = firstOf(header('x-forwarded-host'))
  const proxy =
    !trustProxy && isHostOf(origin, forwarded)
      ? ` Or set TRUST_PROXY=1, if the proxy in front always sets X-Forwarded-Host itself.`
      : ''
  return (
    `Your browser is at ${shown(origin)}, but the service was asked as ${asked}, and PUBLIC_URL is ${publicUrl ?? 'not set'}: ` +
    `the desk's page cannot be told from a stranger's. If you did not open this page yourself, at your desk's own address, ` +
    `close it. If you did, a proxy in between changes the Host header: let it pass that on ` +
    `(nginx: proxy_set_header Host $http_host), or set PUBLIC_URL to the address at which your editors open the desk, ` +
    `and start again.${proxy}`
  )
}

function firstOf(list: string | undefined): string | undefined {
  return list?.split(',')[0]?.trim()
}

/** A header's value for an error sentence: short, and on one line. */
function shown(text: string | undefined): string {
  if (text === undefined) return 'unknown'
  return /^[\w.:/[\]-]{1,200}$/.test(text) ? text : JSON.stringify(text.slice(0, 200))
}

function refused(why: string): Problem {
  return new Problem(403, 'foreign-origin', why)
}
