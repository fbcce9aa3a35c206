import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { needsInstalled } from '../../interop/installed.ts'
import { english, freePort, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { kinds, startShipped } from '../shipped-proxy.ts'
import type { Proxied } from '../shipped-proxy-suite.ts'
import { withHttp2 } from './http2-offered.ts'

/** Long enough for any machine; a proxy that holds events back until some kilobytes are full holds them for longer. */
const momentsMs = 20_000

/** Live streams over HTTP/2, through a proxy whose file is changed as docs/operating.md says. */
export function http2Tests({ name, nodes }: Proxied): void {
  describe('with HTTP/2, as an operator turns it on', () => {
    const clean = cleaning(afterAll)
    let begun: Promise<ClientHttp2Session> | undefined

    async function begin(): Promise<ClientHttp2Session> {
      const [https, http, admin] = [await freePort(), await freePort(), await freePort()]
      const ports = { https, http, admin, nodes: nodes().map(({ url }) => new URL(url).port) }
      const folder = join(scratchFolder(clean), 'proxy')
      const proxy = await startShipped(name, folder, ports, (text) => withHttp2(name, text))
      clean(() => proxy.end())
      const session = connect(`https://localhost:${https}`, { ca: proxy.authority(), settings: { enablePush: false } })
      clean(() => session.destroy())
      await once(session, 'remoteSettings')
      // A proxy that checks nodes takes them in after some checks.
      await until(async () => (await statusOf(session, '/readyz')) === 200)
      return session
    }
    const opened = (skip: (note: string) => never) => {
      needsInstalled(name, skip)
      begun ??= begin()
      return begun
    }

    test('pages, scripts and answers share one connection', async ({ skip }) => {
      const session = await opened(skip)
      expect(session.alpnProtocol).toBe('h2')
      const paths = ['/en/', '/assets/service-worker.js', '/v1/newsroom', '/en/nothing', '/en/']
      for (const path of paths) expect(await statusOf(session, path)).toBe(path.endsWith('nothing') ? 404 : 200)
      expect([session.closed, session.destroyed]).toEqual([false, false])
    })

    test('alerts reach event streams at once', async ({ skip }) => {
      const session = await opened(skip)
      const stream = session.request({ ':path': '/v1/events?languages=en&after=now' })
      const told = gathered(stream)
      await expect.poll(told).toContain('retry:')
      await publish(nodes()[0].url, english('Over HTTP/2'))
      await expect.poll(told, { timeout: momentsMs }).toContain('Over HTTP/2')
      stream.destroy()
    })

    test('WebSockets in HTTP/2 (RFC 8441) are greeted, where the proxy offers them', async ({ skip }) => {
      const session = await opened(skip)
      const isOffered = session.remoteSettings.enableConnectProtocol === true
      expect(isOffered).toBe(kinds[name].hasHttp2Sockets)
      if (!isOffered) return
      const asked = { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/v1/socket?languages=en' }
      const stream = session.request({ ...asked, 'sec-websocket-version': '13' })
      await expect.poll(gathered(stream)).toContain('"type":"welcome"')
      stream.destroy()
    })
  })
}

function gathered(stream: NodeJS.ReadableStream): () => string {
  let told = ''
  stream.on('data', (chunk) => {
    told += chunk
  })
  return () => told
}

async function statusOf(session: ClientHttp2Session, path: string): Promise<number> {
  const stream = session.request({ ':path': path })
  const [headers] = await once(stream, 'response')
  stream.resume()
  await once(stream, 'close')
  return headers[':status']
}
