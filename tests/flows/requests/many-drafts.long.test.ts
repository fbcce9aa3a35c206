import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { storeDrafts } from '../../support/http/many-drafts.ts'
import { freshDatabase } from '../../support/postgres/fresh-database.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { ask, newKey, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const count = 10_000
const pageMax = 200
const mebibyte = 1_024 * 1_024

type Page = { readonly items: readonly { readonly id: string; readonly changedAt: string }[]; readonly next?: string }

const residentBytes = ({ child }: Running) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1_024

async function listed(url: string, query: string) {
  const answer = await ask(url, 'GET', `/v1/desk/items?${query}`)
  const text = await answer.text()
  expect([query, answer.status]).toEqual([query, 200])
  return { bytes: Buffer.byteLength(text), ...(JSON.parse(text) as Page) }
}

test.each([
  ['SQLite', async () => ({})],
  ['PostgreSQL', async () => onDatabase(await freshDatabase(clean))],
] as const)(
  'with ten thousand drafts in %s every page is small, none is missing, and the desk opens as with none',
  async (_, env) => {
    const service = await startNode(scratchFolder(clean), await env())
    clean(() => service.end('SIGKILL'))
    const { url } = service
    const shell = async () => (await (await ask(url, 'GET', '/desk')).text()).length
    const emptyShell = await shell()
    await storeDrafts(url, count)

    const [first] = (await listed(url, 'limit=1')).items
    const oneBytes = (await listed(url, 'limit=1')).bytes
    const before = residentBytes(service)
    const seen = new Set<string>()
    let last = '9999'
    for (let next: string | undefined = '', pages = 0; next !== undefined; pages += 1) {
      const page = await listed(
        url,
        `state=draft,cancelled&limit=${pageMax}${next && `&before=${encodeURIComponent(next)}`}`,
      )
      expect(page.items.length).toBeLessThanOrEqual(pageMax)
      expect(page.bytes).toBeLessThan(oneBytes * (pageMax + 1))
      for (const { id, changedAt } of page.items) {
        expect(changedAt <= last).toBe(true)
        last = changedAt
        seen.add(id)
      }
      next = page.next
      expect(pages).toBeLessThanOrEqual(count / pageMax)
    }
    expect(seen.size).toBe(count)
    // Ten desks that ask for their list again and again.
    for (let round = 0; round < 20; round += 1)
      await Promise.all(Array.from({ length: 10 }, () => listed(url, 'state=draft,cancelled&limit=100')))
    expect(residentBytes(service) - before).toBeLessThan(100 * mebibyte)
    expect(await shell()).toBe(emptyShell)

    // Who comes back after all of it is told to read the list anew, and is not sent ten thousand items.
    const stream = await ask(url, 'GET', '/v1/desk/events', undefined, { 'last-event-id': '1' })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let told = ''
    while (!told.includes('event: reset')) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) break
      told += value
    }
    await reader?.cancel()
    expect(told).toContain('event: reset')
    expect(told.length).toBeLessThan(64 * 1_024)

    // What is done with one of them costs as little as ever, and is first in the list.
    const sent = await ask(url, 'POST', `/v1/desk/items/${first?.id}/submit`, {}, { 'idempotency-key': newKey() })
    expect(sent.status).toBe(200)
    expect((await listed(url, 'state=awaiting-approval,held')).items.map(({ id }) => id)).toEqual([first?.id])
    expect((await listed(url, 'limit=2')).items[0]?.id).toBe(first?.id)
  },
)
