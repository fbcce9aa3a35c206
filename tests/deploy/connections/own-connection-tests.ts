import { expect, test } from 'vitest'
import type { Proxied } from '../shipped-proxy-suite.ts'
import { askOnce } from './single-request.ts'

/** How a proxy divides answers among connections, on networks that stop each one after some kilobytes. */
export function ownConnectionTests({ proxy }: Proxied): void {
  /** A proxy that checks nodes takes them in again some seconds after a restart. */
  const isReady = (url: string) => expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)

  test('each answer has a connection of its own, over HTTP/1.1, though HTTP/2 is asked for too', async ({ skip }) => {
    const { url, port } = proxy(skip)
    await isReady(url)
    const front = await (await fetch(`${url}/en/`)).text()
    const script = /data-parts="(\S+)[ "]/.exec(front)?.[1] ?? ''
    expect(script).toMatch(/^\/assets\/immutable\//)
    const whole = [
      '/en/',
      script,
      '/assets/service-worker.js',
      '/v1/newsroom',
      '/feeds/en.atom',
      '/en/nothing',
      '/desk/',
    ]
    for (const path of ['/', ...whole])
      for (const method of ['GET', 'HEAD']) {
        const asked = askOnce(port, path, [], method)
        await expect.poll(asked.isOver).toBe(true)
        const [head = '', body = ''] = asked.told().split('\r\n\r\n')
        const connection = /^connection: (.*)\r$/im.exec(`${head}\r\n`)?.[1]
        expect([path, method, asked.protocol(), connection]).toEqual([path, method, 'http/1.1', 'close'])
        expect([path, method, body !== '']).toEqual([path, method, method === 'GET'])
      }
  })

  test('a WebSocket is greeted and stays, however its client writes that it asks for an upgrade', async ({ skip }) => {
    const { url, port } = proxy(skip)
    await isReady(url)
    const headers = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
    for (const connection of ['Upgrade', 'upgrade', 'keep-alive, Upgrade']) {
      const asked = askOnce(port, '/v1/socket?languages=en', [...headers, `Connection: ${connection}`])
      await expect.poll(asked.told).toContain('"type":"welcome"')
      expect(asked.told()).toMatch(/^HTTP\/1\.1 101 /)
      const said = [...asked.told().matchAll(/^connection: (.*)\r$/gim)].map(([, value]) => value?.toLowerCase())
      expect([connection, said, asked.isOver()]).toEqual([connection, ['upgrade'], false])
      asked.end()
    }
  })
}
