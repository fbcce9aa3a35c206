import { connect } from 'node:tls'
import { mediaTypeOf } from '../../protocol/headers/media-type.ts'
import { errorMessage, refusedFrom, type Service } from '../service-client.ts'
import type { Finding } from './doctor-basics.ts'

const answerMsMax = 10_000
const titleCharsMax = 60
const startIt = 'Start it with npm start, or give the right address with --url.'

type Reached = { readonly isOurs: boolean; readonly findings: readonly Finding[]; readonly headers: Headers }
type Fault = { readonly why: string; readonly mend: string }

/** Whether our service answers at the address; otherwise who does, or why nobody, and the address that may be meant. */
export async function checkAddress(service: Service, stop: AbortSignal): Promise<Reached> {
  const { url } = service
  const what = `The service answers at ${url.href}`
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerMsMax)])
  try {
    const response = await healthOf(url, signal)
    const text = await response.clone().text()
    if (response.ok && isOurs(text))
      return { isOurs: true, findings: [{ state: 'good', what }], headers: response.headers }
    const fault = await otherwise(service, response, text, signal)
    return { isOurs: false, findings: [{ state: 'fault', what, ...fault }], headers: response.headers }
  } catch (error) {
    if (stop.aborted) throw error
    const fault = await unreached(url, error)
    return { isOurs: false, findings: [{ state: 'fault', what, ...fault }], headers: new Headers() }
  }
}

function healthOf(url: URL, signal: AbortSignal): Promise<Response> {
  return fetch(new URL('healthz', url), { redirect: 'manual', headers: { accept: 'application/json' }, signal })
}

function isOurs(text: string): boolean {
  try {
    return Object(JSON.parse(text)).status === 'alive'
  } catch {
    return false
  }
}

/** Somebody answers, but not as our service does. */
async function otherwise({ url }: Service, response: Response, text: string, signal: AbortSignal): Promise<Fault> {
  const to = response.headers.get('location')
  if (to !== null && response.status >= 300 && response.status < 400) {
    const there = URL.canParse(to, response.url || url.href) ? new URL(to, response.url || url.href) : null
    const base = there === null ? to : new URL('.', there).href
    return { why: `It sends on to ${to} (${response.status}).`, mend: `Give that address: --url ${base}` }
  }
  if (/plain HTTP request was sent to HTTPS port/i.test(text)) return speaksTls(url)
  const root = new URL('/', url)
  if (root.href !== url.href && (await isOursAt(root, signal)))
    return { why: 'The service is there, but not at this path.', mend: `Leave the path out: --url ${root.href}` }
  if (mediaTypeOf(response.headers.get('content-type')) === 'application/problem+json') {
    const refused = await refusedFrom(response, { url })
    return { why: refused.message, mend: startIt }
  }
  const gateway = [502, 503, 504].includes(response.status)
  const mend = gateway
    ? 'It is a proxy that does not reach the service: start the service, and look at the address that the proxy passes on to.'
    : `${startIt} Behind a proxy, look whether /healthz is passed on.`
  return { why: `Something else answers there: ${programOf(response, text)}.`, mend }
}

async function isOursAt(url: URL, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await healthOf(url, signal)
    return response.ok && isOurs(await response.text())
  } catch {
    return false
  }
}

/** What is known of another program that answers here: its status, its name, its page's title. */
function programOf(response: Response, text: string): string {
  const server = response.headers.get('server')
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim().slice(0, titleCharsMax)
  return [
    `status ${response.status}`,
    ...(server === null ? [] : [`server ${server.slice(0, titleCharsMax)}`]),
    ...(title ? [`a page “${title}”`] : []),
  ].join(', ')
}

function speaksTls(url: URL): Fault {
  const there = new URL(url)
  there.protocol = 'https:'
  return { why: 'What answers there speaks https, not http.', mend: `Give it with https: --url ${there.href}` }
}

/** Words for the usual codes of a connection that did not come about. */
const words: Readonly<Record<string, (url: URL) => Fault>> = {
  ECONNREFUSED: ({ host }) => ({ why: `Nothing listens at ${host}.`, mend: startIt }),
  ENOTFOUND: ({ hostname }) => ({
    why: `There is no host ${hostname}.`,
    mend: 'Look at the spelling of --url (or TOCSIN_URL), and at the name’s DNS entry.',
  }),
  EAI_AGAIN: ({ hostname }) => ({
    why: `The name ${hostname} cannot be looked up now.`,
    mend: 'Look at this machine’s network and name server.',
  }),
  EHOSTUNREACH: ({ host }) => ({ why: `There is no way to ${host}.`, mend: 'Look at the network and the firewall.' }),
  ENETUNREACH: ({ host }) => ({ why: `There is no way to ${host}.`, mend: 'Look at the network and the firewall.' }),
}

async function unreached(url: URL, error: unknown): Promise<Fault> {
  const code = codeOf(error)
  const known = words[code]
  if (known !== undefined) return known(url)
  if (error instanceof Error && error.name === 'TimeoutError')
    return {
      why: `No answer in ${answerMsMax / 1_000} s.`,
      mend: 'Look whether the service hangs or a firewall swallows the connection, and at its log.',
    }
  if (/bad port/.test(errorMessage(error)))
    return {
      why: `Browsers refuse port ${url.port}, and so does this program.`,
      mend: 'Give the service another port.',
    }
  if (url.protocol === 'https:' && /SSL|EPROTO|WRONG_VERSION|PACKET_LENGTH/i.test(`${code} ${errorMessage(error)}`)) {
    const there = new URL(url)
    there.protocol = 'http:'
    return { why: 'What answers there speaks http, not https.', mend: `Give it with http: --url ${there.href}` }
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return {
      why: `Its certificate is not one that is trusted here (${code}).`,
      mend: 'Put a valid certificate before the service; one of your own is trusted with NODE_EXTRA_CA_CERTS=<file>.',
    }
  if (url.protocol === 'http:' && (await speaksTlsAt(url))) return speaksTls(url)
  return { why: errorMessage(error), mend: `${startIt} Behind a proxy, look whether /healthz is passed on.` }
}

function codeOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown }
  const { code, errors } = Object(cause) as { code?: unknown; errors?: readonly unknown[] }
  return String(code ?? Object(errors?.[0]).code ?? '')
}

/** Whether a TLS handshake comes about at an address that was given as a plain one. */
function speaksTlsAt({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      // Only the protocol is tested; nothing is sent to it.
      rejectUnauthorized: false,
      timeout: answerMsMax,
    })
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
    socket.once('close', () => end(false))
  })
}
