import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { adminKey, english, freePort, publish, revise } from '../../support/processes/service.ts'
import { readers, startReader } from '../debian/debian-readers.ts'
import type { Start, Started } from '../harness.ts'
import { isInstalled, needsInstalled } from '../installed.ts'
import { type ProxyName, type ReverseProxy, startProxy } from './proxies.ts'

/** More than this suite's own streams at any one moment. */
const connectionsPerAddress = 10

/**
 * A proxy of Debian's in front of one service, configured as little as it can be. The files that we ship are tested in
 * tests/deploy.
 */
export function proxySuite(name: ProxyName, where: string, start: Start): void {
  describe(`${name} in front of ${where}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
    let service: Started | undefined
    let started: ReverseProxy | undefined
    const needsProxy = (skip: (note: string) => never) => {
      needsInstalled(name, skip)
      if (started === undefined) throw new Error('the proxy was not started')
      return started
    }

    beforeAll(async () => {
      if (!isInstalled(name)) return
      const port = await freePort()
      const settings = { PORT: port, TRUST_PROXY: '1', CONNECTIONS_PER_ADDRESS: `${connectionsPerAddress}` }
      service = await start(join(folder, 'data'), settings)
      started = await startProxy(name, join(folder, 'proxy'), port)
    })
    afterAll(async () => {
      await started?.end()
      await service?.kill()
      rmSync(folder, { recursive: true, force: true })
    })

    test('streams pass: an alert and its correction are heard before anything else is sent', async ({ skip }) => {
      const proxy = needsProxy(skip)
      const present = readers.filter(({ needs }) => isInstalled(needs))
      const all = await Promise.all(present.map((it) => startReader(it.listen, proxy.url)))
      const { alert } = await publish(proxy.url, english('Five'))
      await expect.poll(() => all.map(({ told }) => told.length)).toEqual(all.map(() => 1))
      await revise(proxy.url, alert.id, 'correction', { ...english('Four'), note: { en: 'Not five.' } })
      await expect.poll(() => all.map(({ told }) => told)).toEqual(all.map(() => ['alert: Five', 'correction: Four']))
      for (const it of all) it.end()
      await Promise.all(all.map(({ ended }) => ended))
    })

    test('the heartbeat comes well before the 60 seconds after which proxies cut what is silent', async ({ skip }) => {
      const proxy = needsProxy(skip)
      const answer = await fetch(`${proxy.url}/v1/events`, { method: 'HEAD' })
      expect(Number(answer.headers.get('heartbeat-seconds'))).toBeGreaterThan(0)
      expect(Number(answer.headers.get('heartbeat-seconds'))).toBeLessThanOrEqual(30)
    })

    test('a probe in HTTP/1.0 that names no host is answered like other requests', async ({ skip }) => {
      const proxy = needsProxy(skip)
      await probed[name](proxy.probeUrl)
    })

    const signIn = (at: string, headers: Record<string, string>) =>
      fetch(`${at}/v1/desk/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ key: adminKey }),
      })
    /** Signs in as a browser at this address does, and gives what the desk's next request is answered. */
    async function signInAndAsk(at: string, headers: Record<string, string>): Promise<readonly number[]> {
      const opened = await signIn(at, headers)
      const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const body = JSON.stringify({ level: 'urgent', ...english('Only seen') })
      const preview = await fetch(`${at}/v1/alerts?dryRun=true`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, ...headers },
        body,
      })
      return [opened.status, preview.status]
    }

    test('a browser signs in and works on, whether the proxy changes Host or not', async ({ skip }) => {
      const proxy = needsProxy(skip)
      for (const at of [proxy.url, proxy.otherHostUrl]) {
        const headers = { origin: at, 'sec-fetch-site': 'same-origin' }
        expect(await signInAndAsk(at, headers)).toEqual([201, 200])
      }
      expect(await signInAndAsk(proxy.url, { origin: proxy.url })).toEqual([201, 200])
    })

    test('an old browser behind a proxy that changes Host is told at sign-in what is wrong and how to mend it', async ({
      skip,
    }) => {
      const proxy = needsProxy(skip)
      const refused = await signIn(proxy.otherHostUrl, { origin: proxy.otherHostUrl })
      expect(refused.status).toBe(403)
      const { code, detail } = (await refused.json()) as Record<string, string>
      expect(code).toBe('foreign-origin')
      expect(detail).toContain(`Your browser is at ${proxy.otherHostUrl},`)
      expect(detail).toMatch(/PUBLIC_URL to the address at which your editors open the desk/)
      expect(detail).toMatch(/changes the Host header/)
    })

    test('readers are counted by the address that the proxy saw, not by what they say of themselves', async ({
      skip,
    }) => {
      const proxy = needsProxy(skip)
      const open: WebSocket[] = []
      /** Connects from an address of this machine; gives the status of a refusal, else 101. */
      const connect = (localAddress: string, said: string) =>
        new Promise<number>((resolve, reject) => {
          const socket = new WebSocket(
            `${proxy.url.replace('http', 'ws').replace('localhost', '127.0.0.1')}/v1/socket`,
            {
              localAddress,
              headers: { 'x-forwarded-for': said },
            },
          )
          open.push(socket)
          socket.once('open', () => resolve(101))
          socket.once('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode))
          socket.once('error', reject)
        })
      const answers: number[] = []
      for (let at = 0; at <= connectionsPerAddress; at += 1) answers.push(await connect('127.0.0.7', `203.0.113.${at}`))
      expect(answers).toEqual([...Array(connectionsPerAddress).fill(101), 429])
      expect(await connect('127.0.0.8', '203.0.113.0')).toBe(101)
      for (const it of open) it.terminate()
    })
  })
}

const checks = ['check-default', 'check-healthz', 'check-readyz'] as const

/** What a proxy's own requests in HTTP/1.0 without a Host header are answered. */
const probed: Readonly<Record<ProxyName, (url: string) => Promise<void>>> = {
  async nginx(url) {
    for (const path of ['/healthz', '/readyz', '/v1/newsroom', '/feeds/en.atom'])
      for (const method of ['GET', 'HEAD']) {
        const answer = await fetch(url + path, { method })
        expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} 200`)
        expect((await answer.text()).length > 0).toBe(method === 'GET')
      }
    // Where `/` leads is told without an address of ours.
    const { headers, status } = await fetch(`${url}/`, { redirect: 'manual' })
    expect([status, headers.get('location')?.[0]]).toEqual([302, '/'])
  },
  async haproxy(url) {
    const statuses = async () => {
      const [head = '', ...rows] = (await (await fetch(`${url}/;csv`)).text()).split('\n').map((row) => row.split(','))
      const [service, at] = [head.indexOf('svname'), head.indexOf('check_status')]
      return Object.fromEntries(rows.filter((row) => row[service] === 'one').map((row) => [row[0], row[at]]))
    }
    // Before its first check is answered a server counts as up: what counts is the word for an answer that HAProxy takes.
    await expect.poll(statuses).toMatchObject(Object.fromEntries(checks.map((name) => [name, 'L7OK'])))
  },
}
