import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import { type AddressInfo, createConnection, type Socket } from 'node:net'

/** What becomes of a page on its way. */
export type Rewrite = (html: string, path: string) => string

type Way = {
  rewrite: Rewrite | null
  /** Whether a request for a path gets no answer of the service: a connection that is only cut Firefox tries ten times again. */
  refuses: (path: string) => boolean
  readonly asked: string[]
}

/** An HTTP proxy before a server of this machine that changes pages as `way.rewrite` says; all else, sockets too, goes through as it is. */
export async function rewritingProxy(port: number, clean: (undo: () => unknown) => void) {
  const way: Way = { rewrite: null, refuses: () => false, asked: [] }
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((asked, answer) => {
    const path = String(asked.url)
    way.asked.push(path)
    if (way.refuses(path)) return void answer.writeHead(502, { connection: 'close' }).end()
    const headers = { ...asked.headers, 'accept-encoding': 'identity' }
    // Else the browser would take its own copy.
    if (asked.headers.accept?.includes('text/html') || path.includes('/alerts/')) delete headers['if-none-match']
    const onward = send({ host: '127.0.0.1', port, path, method: asked.method, headers }, async (got) => {
      const isPage = String(got.headers['content-type']).startsWith('text/html')
      // Else a browser shows its own copy, and looks for a newer one afterwards.
      if (isPage) got.headers['cache-control'] = 'public, max-age=0'
      if (way.rewrite === null || !isPage) {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        return void got.pipe(answer)
      }
      let html = ''
      for await (const piece of got.setEncoding('utf8')) html += piece
      const { 'content-length': _, etag: __, ...others } = got.headers
      answer.writeHead(got.statusCode ?? 502, others).end(way.rewrite(html, path))
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  server.on('connection', keep)
  server.on('upgrade', (asked, near: Socket, head) => {
    if (way.refuses(String(asked.url))) return void near.destroy()
    const far = createConnection({ host: '127.0.0.1', port })
    keep(far)
    const lines = asked.rawHeaders.map((it, nth) => (nth % 2 === 0 ? `${it}: ` : `${it}\r\n`)).join('')
    far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines}\r\n`)
    far.write(head)
    near.pipe(far).pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('close', () => other.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { way, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
