import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readyElsewhere } from '../../../../src/node/streams/drain/ready-elsewhere.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function serverAt(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const answers: readonly (readonly [string, boolean, RequestListener])[] = [
  ['a node that is ready', true, (_, outgoing) => outgoing.end('{"status":"ready"}')],
  ['a node that is not', false, (_, outgoing) => outgoing.writeHead(503).end('{"status":503,"title":"Not ready"}')],
  ['a page with status 200', false, (_, outgoing) => outgoing.end('<!doctype html>ready')],
  ['an endless page', false, (_, outgoing) => void outgoing.write('x'.repeat(200))],
  ['a redirect', false, (_, outgoing) => outgoing.writeHead(302, { location: '/readyz' }).end()],
  ['nothing, and the end', false, (incoming) => incoming.socket.destroy()],
]

test.each(answers)(
  'of an address that answers with %s, it is said whether a node is ready: %s',
  async (_, is, answer) => {
    const { url } = await serverAt(answer)
    expect(await readyElsewhere(url)).toBe(is)
  },
)

test('where nobody listens, no node is ready', async () => {
  const { server, url } = await serverAt(() => {})
  server.close()
  await once(server, 'close')
  expect(await readyElsewhere(url)).toBe(false)
})

test('each question comes on a connection of its own, so that a load balancer chooses a node for it', async () => {
  const ports = new Set<number | undefined>()
  const { url } = await serverAt((incoming, outgoing) => {
    ports.add(incoming.socket.remotePort)
    expect(incoming.url).toBe('/readyz')
    outgoing.end('{"status":"ready"}')
  })
  expect([await readyElsewhere(url), await readyElsewhere(url)]).toEqual([true, true])
  expect(ports.size).toBe(2)
})
