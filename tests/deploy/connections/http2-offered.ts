import type { ProxyName } from '../shipped-proxy.ts'

/**
 * What makes each of the files in deploy/ offer HTTP/2: what stands there, and what is written in its place. docs/operating.md tells
 * operators the same.
 */
export const http2Changes = {
  nginx: [
    [' ssl;', ' ssl http2;'],
    ['  keepalive_timeout 0;\n', ''],
  ],
  haproxy: [
    ['alpn http/1.1', 'alpn h2,http/1.1'],
    ['  option httpclose\n', ''],
  ],
  caddy: [
    ['\t\tprotocols h1\n', ''],
    ['\t@answers not header Upgrade *\n', ''],
    ['\theader @answers Connection close\n', ''],
  ],
} as const satisfies Readonly<Record<ProxyName, readonly (readonly [string, string])[]>>

/** The file of a proxy, changed so. Throws where something that is replaced is not there. */
export function withHttp2(name: ProxyName, text: string): string {
  return http2Changes[name].reduce((changed, [shipped, wanted]) => {
    if (!changed.includes(shipped)) throw new Error(`the file for ${name} does not say ${JSON.stringify(shipped)}`)
    return changed.replaceAll(shipped, wanted)
  }, text)
}
