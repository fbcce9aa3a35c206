import { afterEach, expect, test } from 'vitest'
import { ClusterEditor } from './cluster-editor.ts'
import type { ProxiedCluster } from './cluster-proxy-suite.ts'
import { ClusterReaders } from './cluster-readers.ts'

/** An upgrade: one node after the other ends in order and is started again. */
export function rollingRestartTests({ proxy, cluster }: ProxiedCluster): void {
  const readers = new ClusterReaders()
  afterEach(() => readers.end())

  test('all nodes are restarted one after the other while alerts are published: nothing is lost, twice or refused', async ({
    skip,
  }) => {
    const { url } = proxy(skip)
    await readers.begin(url, 30)
    const editors = [new ClusterEditor(url), new ClusterEditor(url), new ClusterEditor(url)]
    for (const it of editors) it.begin(10)
    const published = () => editors.flatMap(({ seqs }) => seqs).length
    for (const node of cluster()) {
      const before = published()
      await expect.poll(published).toBeGreaterThan(before + 10)
      expect(await node.running().end('SIGTERM')).toBe(0)
      await node.startAgain()
      await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(200)
    }
    const before = published()
    await expect.poll(published).toBeGreaterThan(before + 10)
    await Promise.all(editors.map((it) => it.end()))
    expect(editors.flatMap(({ refused }) => refused)).toEqual([])
    const seqs = editors.flatMap((it) => it.seqs).sort((a, b) => a - b)
    // One entry an alert: what was sent twice was recognized.
    expect(seqs).toEqual(seqs.map((_, at) => (seqs[0] ?? 0) + at))
    await readers.heard(seqs)
    expect(readers.returned).toBe(30)
  })
}
