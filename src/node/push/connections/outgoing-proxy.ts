import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { getProxyForUrl } from 'proxy-from-env'

const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * The proxy that the environment names for an https host (HTTPS_PROXY, ALL_PROXY, NO_PROXY, in either case); null:
 * none. A value without a scheme is an http proxy, as with curl. Throws an Error that says what is wrong with the
 * value.
 */
export function proxyFor(host: string): URL | null {
  const text = getProxyForUrl(`https://${host}/`)
  if (text === '') return null
  const named = process.env.https_proxy || process.env.HTTPS_PROXY || process.env.all_proxy || process.env.ALL_PROXY
  const written = named?.includes('://') === false ? `http://${named}` : text
  const proxy = URL.canParse(written) ? new URL(written) : null
  if (proxy === null || ports[proxy.protocol] === undefined || proxy.hostname === '')
    throw new Error('HTTPS_PROXY: an http:// or https:// address such as http://proxy.example:3128 is wanted')
  if (credentialsOf(proxy) === null)
    throw new Error('HTTPS_PROXY: the user name or password has a % that begins no escape: write %25 for it')
  return proxy
}

/** Importing `node:http` makes Node load its `fetch` too, in each thread that pushes. */
const requestHttp = () => process.getBuiltinModule('node:http').request

/** The user name and password before its @, percent-decoded; null when they cannot be decoded. */
function credentialsOf({ username, password }: URL): string | null {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return null
  }
}

/** The proxy's URL for log lines, without its password. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`
}

/**
 * Opens a tunnel through a proxy by CONNECT (RFC 9110 §9.3.6). Rejects when the proxy refuses, and when the signal
 * aborts.
 */
export function tunnel(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { protocol, hostname, username } = proxy
  const credentials = Buffer.from(credentialsOf(proxy) ?? '').toString('base64')
  const target = `${host}:${port}`
  const request = (protocol === 'https:' ? requestHttps : requestHttp())({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port === '' ? ports[protocol] : Number(proxy.port),
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...(username === '' ? {} : { 'proxy-authorization': `Basic ${credentials}` }) },
    agent: false,
    signal,
  })
  return new Promise((resolve, reject) => {
    request.on('error', (error) => reject(new Error(`the proxy ${proxyName(proxy)}: ${error.message}`)))
    request.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket as Socket)
      }
      socket.destroy()
      const why = statusCode === 407 ? 'it wants a user name and a password' : 'it lets nobody through to there'
      reject(new Error(`the proxy ${proxyName(proxy)} answered ${statusCode}: ${why}`))
    })
    request.end()
  })
}
