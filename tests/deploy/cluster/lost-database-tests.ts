import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
import { ask, english, newKey } from '../../support/processes/service.ts'
import { cleaning } from '../../support/scratch.ts'
import { liveReaders } from '../proxied-streams.ts'
import { ClusterEditor } from './cluster-editor.ts'
import type { ClusterNode, ProxiedCluster } from './cluster-proxy-suite.ts'
import { ClusterReaders } from './cluster-readers.ts'

const readerCount = 30
const newReaderCount = 6
const soon = { timeout: 120_000, interval: 100 }
/** Longer than a node waits until it looks for another one that is ready. */
const wouldSendMs = 10_000

/** A node that loses its own way to the database, while the others have theirs; and all at once. */
export function lostDatabaseTests(proxied: ProxiedCluster): void {
  const { proxy, cluster, databasePort, setReadOnly } = proxied
  const clean = cleaning()
  const startReaders = async (url: string, count: number) => {
    const readers = new ClusterReaders()
    clean(() => readers.end())
    await readers.begin(url, count)
    return readers
  }
  /** All nodes, started again behind a proxy each on their way to the database; afterwards they go there directly again. */
  async function withNetworks() {
    return Promise.all(
      cluster().map(async (node) => {
        const network = await stallingProxy(await databasePort(), clean)
        await node.running().end('SIGTERM')
        await node.startAgain(network.port)
        clean(async () => {
          await node.running().end('SIGKILL')
          await node.startAgain()
        })
        return { ...node, network }
      }),
    )
  }
  const statusOf = async ({ url }: ClusterNode) => (await fetch(`${url}/readyz`)).status
  const isReady = (node: ClusterNode) => expect.poll(() => statusOf(node), soon).toBe(200)
  /** All nodes are ready and have read the same entries: who comes without a cursor is told of new ones only. */
  const allAreUpToDate = async () => {
    for (const it of cluster()) await isReady(it)
    const heads = async () => new Set(await Promise.all(cluster().map(headOf))).size
    await expect.poll(heads, soon).toBe(1)
  }
  const sumOfReaders = async () => (await Promise.all(cluster().map(liveReaders))).reduce((sum, it) => sum + it, 0)

  test.for(['close', 'stall'] as const)(
    'a node alone cannot reach the database (%s): its readers go on at the others and get every alert, and it comes back',
    async (how, { skip }) => {
      const { url } = proxy(skip)
      const nodes = await withNetworks()
      await allAreUpToDate()
      const readers = await startReaders(url, readerCount)
      const counts = await Promise.all(cluster().map(liveReaders))
      const node = nodes[counts.indexOf(Math.max(...counts))]
      if (node === undefined) throw new Error('no node')
      const editor = new ClusterEditor(url)
      editor.begin(50)
      clean(() => editor.end())
      await expect.poll(() => editor.seqs.length).toBeGreaterThan(10)

      node.network[how]()
      clean(node.network.goOn)
      await expect.poll(() => statusOf(node), soon).toBe(503)
      // Its readers are sent away, and nobody else comes.
      await expect.poll(() => liveReaders(node), soon).toBe(0)
      const before = editor.seqs.length
      await expect.poll(() => editor.seqs.length, soon).toBeGreaterThan(before + 20)
      const newReaders = await startReaders(url, newReaderCount)
      expect(await liveReaders(node)).toBe(0)
      newReaders.end()
      // They have all that was published so far, while the node is still cut off.
      await editor.end()
      await readers.heard(editor.seqs)
      for (const it of editor.refused) expect(it).toMatch(/^503 Retry-After: [1-9]/)

      node.network.goOn()
      await isReady(node)
      const isBack = async () => {
        await startReaders(url, newReaderCount)
        return liveReaders(node)
      }
      await expect.poll(isBack, soon).toBeGreaterThan(0)
      const last = new ClusterEditor(url)
      await last.publish()
      await readers.heard([...editor.seqs, ...last.seqs])
    },
  )

  test('a node is down and the database can only be read: an editor is told to come back, with 503 and Retry-After', async ({
    skip,
  }) => {
    const { url } = proxy(skip)
    await allAreUpToDate()
    const [down, ...others] = cluster()
    await setReadOnly(true)
    clean(() => setReadOnly(false))
    const post = (key = newKey()) =>
      ask(url, 'POST', '/v1/alerts', { level: 'urgent', ...english('Refused') }, { 'idempotency-key': key })
    const described = async (answer: Response) =>
      `${answer.status} ${answer.headers.get('retry-after')} ${answer.headers.get('content-type')}`
    // A refused write is what tells a node of it.
    for (const it of others)
      await ask(it.url, 'POST', '/v1/alerts', english('Refused'), { 'idempotency-key': newKey() })
    await down.running().end('SIGKILL')
    clean(() => down.startAgain())
    const answers: string[] = []
    const six = async () => {
      const some = await Promise.all(Array.from({ length: 6 }, () => post().then(described)))
      answers.push(...some)
      return some.every((it) => /^503 [1-9]\d* application\/problem\+json/.test(it))
    }
    await expect.poll(six, soon).toBe(true)
    expect(answers.filter((it) => it.startsWith('502'))).toEqual([])
    await setReadOnly(false)
    for (const it of others) await isReady(it)
    await expect.poll(async () => (await post()).status, soon).toBe(201)
  })

  test('no node can reach the database: all readers stay where they are', async ({ skip }) => {
    const { url } = proxy(skip)
    const nodes = await withNetworks()
    await allAreUpToDate()
    await expect.poll(sumOfReaders).toBe(0)
    const readers = await startReaders(url, readerCount)
    for (const { network } of nodes) {
      network.stall()
      clean(network.goOn)
    }
    for (const it of cluster()) await expect.poll(() => statusOf(it), soon).toBe(503)
    await sleep(wouldSendMs)
    expect([await sumOfReaders(), readers.returned]).toEqual([readerCount, 0])
    for (const { network } of nodes) network.goOn()
    for (const it of cluster()) await isReady(it)
    const editor = new ClusterEditor(url)
    await editor.publish()
    await readers.heard(editor.seqs)
  })
}

/** The newest entry that a node has read. */
async function headOf({ url }: ClusterNode): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^tocsin_log_head (\d+)$/m.exec(metrics)?.[1])
}
