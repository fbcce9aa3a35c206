import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Proxied } from './shipped-proxy-suite.ts'

/** An address of this machine from which only these requests come. */
const localAddress = '127.0.0.9'
const userAgent = 'Telling Browser/1.0'

/** What a proxy writes of its readers. */
export function logTests({ proxy, kill, restart }: Proxied): void {
  test('its log names requests, but no address, user agent, query or subscription', async ({ skip }) => {
    const { port, plainPort, logged } = proxy(skip)
    const ask = (path: string) => statusOf(Number(port), path)
    await ask('/healthz?secret=of-the-query')
    await ask('/v1/subscriptions/id-of-a-subscription?secret=of-the-query')
    await ask('/nowhere')
    await socketOnce(Number(port))
    for (const at of [port, plainPort]) {
      await send(Number(at), 'no request at all\r\n\r\n')
      await send(Number(at), '\x16\x03\x01\x00\x05hello')
    }
    await kill()
    expect(await ask('/fa/?secret=of-the-query')).toBeGreaterThanOrEqual(502)
    await restart()
    await ask('/v1/newsroom')
    for (const told of ['/healthz', '/nowhere', '/v1/socket', '/v1/subscriptions/', '/v1/newsroom'])
      await expect.poll(logged).toContain(told)
    for (const hidden of [localAddress, userAgent, 'of-the-query', 'id-of-a-subscription'])
      expect(
        logged()
          .split('\n')
          .filter((line) => line.includes(hidden)),
      ).toEqual([])
  })
}

function statusOf(port: number, path: string): Promise<number> {
  const headers = { 'user-agent': userAgent, referer: `https://news.example/?for=${localAddress}` }
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path, family: 4, localAddress, headers, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
      .on('error', reject)
      .end()
  })
}

async function socketOnce(port: number): Promise<void> {
  const headers = { 'user-agent': userAgent }
  const socket = new WebSocket(`wss://localhost:${port}/v1/socket?secret=of-the-query`, {
    localAddress,
    family: 4,
    headers,
  })
  socket.on('error', () => {})
  await Promise.race([once(socket, 'open'), once(socket, 'unexpected-response')])
  socket.terminate()
}

/** Sends bytes that are no request, and waits until the proxy has closed the connection, in order or not. */
function send(port: number, bytes: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {}).resume()
  socket.end(bytes, 'latin1')
  return new Promise((resolve) => void socket.on('close', () => resolve()))
}
