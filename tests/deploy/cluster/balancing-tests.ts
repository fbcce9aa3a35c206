import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { english, publish } from '../../support/processes/service.ts'
import { liveReaders } from '../proxied-streams.ts'
import type { ProxiedCluster } from './cluster-proxy-suite.ts'
import { ClusterReaders } from './cluster-readers.ts'

/** How a proxy divides readers among nodes, and that it does not matter to them. */
export function balancingTests({ proxy, nodes }: ProxiedCluster): void {
  test('readers are divided among the nodes, each to one with the fewest', async ({ skip }) => {
    const { url } = proxy(skip)
    const counted = () => Promise.all(nodes().map(liveReaders))
    const fewest = async () => {
      const readers = new ClusterReaders()
      await readers.begin(url, 30)
      const counts = await counted()
      readers.end()
      await expect.poll(async () => (await counted()).every((count) => count === 0)).toBe(true)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30)
      return Math.min(...counts)
    }
    // What else was open at that moment may have made one of them the busier; and on a busy machine the proxy may have
    // taken a node out, whose answer to a check came late. Then once more, when it is back.
    await expect.poll(fewest).toBeGreaterThanOrEqual(7)
  })

  test('what was published through the proxy is there at once on every node, by its cursor and by its id', async ({
    skip,
  }) => {
    const { url } = proxy(skip)
    // After all nodes were away, nginx leaves them out for some seconds more.
    await expect.poll(async () => (await fetch(`${url}/v1/newsroom`)).status).toBe(200)
    for (let nth = 0; nth < 10; nth += 1) {
      const { alert, cursor, seq } = await publish(url, english(`Read at once ${nth}`))
      const before = `${cursor.split('.')[0]}.${seq - 1}`
      await Promise.all(
        [url, ...nodes().map((it) => it.url)].map(async (from) => {
          const list = await fetch(`${from}/v1/alerts?languages=en&after=${before}`)
          expect([list.status, await list.text()]).toEqual([200, expect.stringContaining(`Read at once ${nth}`)])
          expect((await fetch(`${from}/v1/alerts/${alert.id}`)).status).toBe(200)
          expect(await welcomed(from, cursor)).toMatchObject({ type: 'welcome', resume: 'live', cursor })
          expect(await welcomed(from, before)).toMatchObject({ type: 'welcome', resume: 'replay' })
        }),
      )
    }
  })

  test('an event stream that was broken off goes on at each other node with its last id, without gap or repeat', async ({
    skip,
  }) => {
    const { url } = proxy(skip)
    const { cursor, seq } = await publish(url, english('Seen'))
    for (const headline of ['Missed', 'Missed too']) await publish(url, english(headline))
    for (const from of [url, ...nodes().map((it) => it.url)]) {
      const leaving = new AbortController()
      const headers = { 'last-event-id': cursor }
      const answer = await fetch(`${from}/v1/events?languages=en`, { headers, signal: leaving.signal })
      let told = ''
      for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        told += text
        // The newest may come after `live`, where this node has read it a moment later than the others.
        if (told.includes('event: live') && told.includes(`"seq":${seq + 2}`)) break
      }
      leaving.abort()
      const seqs = [...told.matchAll(/"type":"alert","seq":(\d+)/g)].map(([, it]) => Number(it))
      expect(seqs).toEqual([seq + 1, seq + 2])
    }
  })
}

/** The first message on a socket with a cursor. */
async function welcomed(url: string, cursor: string): Promise<unknown> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket?languages=en&after=${cursor}`)
  const [message] = await once(socket, 'message')
  socket.terminate()
  return JSON.parse(String(message))
}
