import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { getProxyForUrl } from 'proxy-from-env'
import { credentialsOf, proxyPorts, proxySetting } from './proxy-setting.ts'

/**
 * The proxy that the environment names for an https host (HTTPS_PROXY, ALL_PROXY, NO_PROXY, in either case); null:
 * none. Throws an Error that says what is wrong with the value; such a value is refused at start.
 */
export function proxyFor(host: string): URL | null {
  if (getProxyForUrl(`https://${host}/`) === '') return null
  const setting = proxySetting(process.env)
  if (setting === null) return null
  if (setting.fault !== null) throw new Error(`${setting.name}: ${setting.fault}`)
  return setting.url
}

/** Importing `node:http` makes Node load its `fetch` too, in each thread that pushes. */
const requestHttp = () => process.getBuiltinModule('node:http').request

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
    port: proxy.port === '' ? proxyPorts[protocol] : Number(proxy.port),
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
