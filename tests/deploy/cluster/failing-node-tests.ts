import { expect, test } from 'vitest'
import { cleaning } from '../../support/scratch.ts'
import { liveReaders } from '../proxied-streams.ts'
import type { ProxyName } from '../shipped-proxy.ts'
import { ClusterEditor } from './cluster-editor.ts'
import type { ClusterNode, ProxiedCluster } from './cluster-proxy-suite.ts'
import { ClusterReaders } from './cluster-readers.ts'

const readerCount = 30
/** Those that ask each node whether it is ready. */
const checksNodes: readonly ProxyName[] = ['haproxy', 'caddy']
/** Those that send a change to another node when the first one does not answer. */
const repeatsPosts: readonly ProxyName[] = ['nginx', 'haproxy']
/** Far less than a proxy waits for a node that does not answer. */
const promptMs = 3_000

/** A node that is killed, and one that hangs. */
export function failingNodeTests({ name, proxy, cluster }: ProxiedCluster): void {
  const clean = cleaning()
  const startReaders = async (url: string, count: number) => {
    const readers = new ClusterReaders()
    clean(() => readers.end())
    await readers.begin(url, count)
    return readers
  }

  /** The node with the most live readers. */
  async function busiest(): Promise<ClusterNode> {
    const counts = await Promise.all(cluster().map(liveReaders))
    const most = counts.indexOf(Math.max(...counts))
    expect(counts[most]).toBeGreaterThan(5)
    return cluster()[most] ?? cluster()[0]
  }

  /** Whether twenty requests at once are all answered well and promptly. */
  async function isPrompt(url: string): Promise<boolean> {
    const one = async () => {
      const answer = await fetch(`${url}/v1/newsroom`, { signal: AbortSignal.timeout(promptMs) })
      return answer.status === 200
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => one().catch(() => false)))
    return answers.every(Boolean)
  }

  test('a node is killed while alerts are published: its readers go on at the others without gap or repeat', async ({
    skip,
  }) => {
    const { url } = proxy(skip)
    const readers = await startReaders(url, readerCount)
    const editor = new ClusterEditor(url)
    editor.begin(10)
    clean(() => editor.end())
    await expect.poll(() => editor.seqs.length).toBeGreaterThan(10)
    const node = await busiest()
    await node.running().end('SIGKILL')
    clean(() => node.startAgain())
    await expect.poll(() => readers.returned).toBeGreaterThan(5)
    const before = editor.seqs.length
    await expect.poll(() => editor.seqs.length).toBeGreaterThan(before + 10)
    await editor.end()
    await readers.heard(editor.seqs)
    // One editor asks one thing at a time: the killed node had one request of theirs, and perhaps the next one.
    const most = repeatsPosts.includes(name) ? 0 : 2
    expect(editor.refused.length, editor.refused.join()).toBeLessThanOrEqual(most)
    for (const it of editor.refused) expect(it).toMatch(/^503 Retry-After: [1-9]/)
  })

  test('a node that hangs gets no requests any more, its readers go on at the others, and it comes back when it answers', async ({
    skip,
  }) => {
    const { url } = proxy(skip)
    const readers = await startReaders(url, readerCount)
    const editor = new ClusterEditor(url)
    await editor.publish()
    const node = await busiest()
    const { child } = node.running()
    child.kill('SIGSTOP')
    clean(() => child.kill('SIGCONT'))
    editor.begin(100)
    clean(() => editor.end())
    // Who waits is answered by another node. By that nginx learns that this one does not answer.
    const patient = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/v1/newsroom`)))
    expect(patient.map(({ status }) => status)).toEqual(Array(20).fill(200))
    await expect.poll(() => isPrompt(url), { timeout: 120_000, interval: 200 }).toBe(true)
    // nginx does not see that a live stream hangs: such a node has to be ended.
    const isEnded = !checksNodes.includes(name)
    if (isEnded) await node.running().end('SIGKILL')
    await expect.poll(() => readers.returned, { timeout: 120_000 }).toBeGreaterThan(5)
    await editor.end()
    await readers.heard(editor.seqs)
    expect(editor.refused.length, editor.refused.join()).toBeLessThanOrEqual(repeatsPosts.includes(name) ? 0 : 1)
    if (isEnded) await node.startAgain()
    else child.kill('SIGCONT')
    // Those whom the hanging node had are gone from it: who is there now has come since.
    await expect.poll(() => liveReaders(node)).toBe(0)
    const isBack = async () => {
      await startReaders(url, 3)
      return liveReaders(node)
    }
    await expect.poll(isBack, { timeout: 120_000 }).toBeGreaterThan(0)
  })
}
