import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../../../src/node/desk/webhooks/public-address.ts'
import { webhookSender } from '../../../../src/node/desk/webhooks/send-webhook.ts'
import { makeCertificate } from '../../../support/push/certificate.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function receiver(listener: RequestListener): Promise<URL> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.close()
    server.closeAllConnections()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in?key=1`)
}

const message = { headers: { 'webhook-id': 'msg_1' }, body: '{"headline":"زلزله"}' }

describe('sending to a webhook', () => {
  test('posts the body with its headers to an allowed host, and gives the status and Retry-After', async () => {
    const asked: unknown[] = []
    const url = await receiver(async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      asked.push([request.method, request.url, request.headers['webhook-id'], request.headers['content-type'], body])
      response.writeHead(503, { 'retry-after': '7' }).end()
    })
    const send = webhookSender({ localHosts: [url.host] })
    expect(await send({ url: url.href, ...message })).toEqual({ kind: 'answered', status: 503, retryAfter: '7' })
    expect(asked).toEqual([['POST', '/in?key=1', 'msg_1', 'application/json', message.body]])
  })

  test('follows no redirect', async () => {
    let inside = 0
    const secret = await receiver((_, response) => {
      inside += 1
      response.end()
    })
    const url = await receiver((_, response) => response.writeHead(307, { location: secret.href }).end())
    const answer = await webhookSender({ localHosts: [url.host] })({ url: url.href, ...message })
    expect([answer, inside]).toEqual([{ kind: 'answered', status: 307, retryAfter: null }, 0])
  })

  test('an answer without end counts once its status has come, and none at all ends in time', async () => {
    const endless = await receiver((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(1_024)), 1)
      response.once('close', () => clearInterval(timer))
    })
    const silent = await receiver(() => {})
    const send = webhookSender({ localHosts: [endless.host, silent.host], requestMs: 1_000 })
    expect(await send({ url: endless.href, ...message })).toMatchObject({ status: 200 })
    expect(await send({ url: silent.href, ...message })).toEqual({ kind: 'failed', reason: 'no answer in time' })
  })

  test.each([
    [['127.0.0.1']],
    [['203.0.113.7', '10.0.0.1']],
    [['::ffff:169.254.169.254']],
    [['64:ff9b::7f00:1']],
    [['fd00::1']],
    [[]],
  ])('a name that leads to %j is not connected to', async (addresses) => {
    const hostLookup = { addresses: async () => addresses }
    const answer = await webhookSender({ localHosts: [], hostLookup })({ url: 'https://cms.example/', ...message })
    expect(answer).toEqual({ kind: 'failed', reason: expect.stringContaining('not of the public internet') })
  })

  test('connects to the address that was checked and looks no second time; the certificate is the name’s', async () => {
    const { cert, key } = makeCertificate(['cms.example'])
    const asked: unknown[] = []
    const server = createTlsServer({ cert, key }, (request, response) => {
      asked.push(request.headers.host)
      response.writeHead(204).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    clean(() => server.close())
    const { port } = server.address() as AddressInfo
    let looks = 0
    const hostLookup = {
      async addresses() {
        looks += 1
        return ['127.0.0.1']
      },
    }
    const isAllowed = (address: string) => address === '127.0.0.1' && looks === 1
    const send = webhookSender({ localHosts: [], hostLookup, isAllowed, ca: cert })
    expect(await send({ url: `https://cms.example:${port}/`, ...message })).toMatchObject({ status: 204 })
    expect([looks, asked]).toEqual([1, [`cms.example:${port}`]])
    looks = 0
    expect(await send({ url: `https://other.example:${port}/`, ...message })).toMatchObject({ kind: 'failed' })
    expect(asked).toHaveLength(1)
  })
})

test.each(['8.8.8.8', '2001:4860:4860::8888', '::ffff:8.8.8.8', '64:ff9b::808:808'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
  ...['255.255.255.255', '::1', '::', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'no address'],
])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})
