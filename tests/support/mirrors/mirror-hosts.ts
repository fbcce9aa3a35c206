import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createConnection, type Socket } from 'node:net'
import { makeCertificate } from '../push/certificate.ts'

type Clean = (undo: () => unknown) => void
type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** What a mirror was asked. */
export type AskedOfHost = {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
}

/**
 * Servers with TLS that a browser finds by their public names. `answers`: what each name's server does, which may change. The browser is
 * led here by its own settings: Firefox by a proxy (`prefs`), Chromium by its resolver (`flags`).
 */
export async function mirrorHosts(clean: Clean, answers: Map<string, Answer>) {
  const asked: AskedOfHost[] = []
  const hosts = [...answers.keys()]
  const server = createTlsServer(makeCertificate(hosts), (request, response) => {
    const { method = '', url = '', headers } = request
    const host = headers.host ?? ''
    asked.push({ host, method, path: url, headers })
    const answer = answers.get(host)
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  })
  const port = await listening(server, clean)
  const proxy = createServer((_, response) => response.writeHead(502).end())
  // Every other name leads nowhere: nothing of a test goes out into the network.
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    socket.on('error', () => {})
    if (!hosts.includes(url.replace(/:443$/, ''))) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const onward = createConnection(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
  })
  const proxyPort = await listening(proxy, clean)
  return {
    asked,
    prefs: {
      ...{ 'network.proxy.type': 1, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': proxyPort },
      'network.proxy.no_proxies_on': '127.0.0.1,localhost',
    },
    flags: [`--host-resolver-rules=${hosts.map((host) => `MAP ${host}:443 127.0.0.1:${port}`).join(',')}`],
  }
}

async function listening(server: ReturnType<typeof createServer>, clean: Clean): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
