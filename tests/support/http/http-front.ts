import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createConnection } from 'node:net'
import type { cleaning } from '../scratch.ts'

/** Where a request goes: the address of a service, at once or later, or nowhere: it is taken and never answered. */
export type Route = (path: string) => string | 'silence' | Promise<string>

export type HttpFront = {
  readonly url: string
  /** The paths that were asked for so far. */
  readonly asked: readonly string[]
  /** Sends later requests elsewhere. What is silent stays so. */
  route: Route
}

/** A reverse proxy on loopback that decides for each request where it goes. */
export async function startHttpFront(clean: ReturnType<typeof cleaning>, route: Route): Promise<HttpFront> {
  const asked: string[] = []
  const targetOf = (incoming: IncomingMessage) => {
    const path = incoming.url ?? '/'
    asked.push(path)
    return front.route(path)
  }
  const server = createServer(async (incoming, answer) => {
    const to = await targetOf(incoming)
    if (to === 'silence') return
    const { method, headers } = incoming
    const passed = request(new URL(incoming.url ?? '/', to), { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    incoming.pipe(passed)
  })
  server.on('upgrade', async (incoming, near, head) => {
    near.on('error', () => {})
    const to = await targetOf(incoming)
    if (to === 'silence') return
    const { hostname, port } = new URL(to)
    const far = createConnection({ host: hostname, port: Number(port) }, () => {
      const fields = incoming.rawHeaders.flatMap((it, at, all) => (at % 2 === 0 ? [`${it}: ${all[at + 1]}`] : []))
      far.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`)
      far.write(head)
      near.pipe(far).pipe(near)
    })
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  const front: HttpFront = { url: `http://localhost:${(server.address() as AddressInfo).port}/`, asked, route }
  return front
}
