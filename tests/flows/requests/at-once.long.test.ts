import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newEditor } from '../../support/browser/desk-page.ts'
import { runs } from '../../support/effort.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { ask, english, newKey, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Two people who act in the same moment, each through a process of their own. Which of them is first is not known; that one
// of them is, and what the other is told, is.

const clean = cleaning(afterAll)
const newsroom = {
  name: 'News',
  languages: [{ tag: 'en' }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 0, leastHoldSeconds: 0 }, urgent: { holdSeconds: 1 } } },
}

type Item = {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly hash: string
  readonly alertId: string
  readonly releaseAt: string
  readonly approvals: readonly unknown[]
  readonly texts: { readonly en: { readonly headline: string } }
}
type Said = { readonly item?: Item; readonly code?: string; readonly detail?: string }

/** Two addresses of one desk. One after the other they are different processes, as far as the kernel divides them. */
const places: readonly (readonly [name: string, open: () => Promise<readonly [string, string]>])[] = [
  [
    'two processes on SQLite',
    async () => {
      const folder = scratchFolder(clean)
      writeFileSync(join(folder, 'newsroom.json'), JSON.stringify(newsroom))
      const env = { NEWSROOM: join(folder, 'newsroom.json'), PROCESSES: '2' }
      const service = await startNode(folder, env)
      clean(() => service.end('SIGKILL'))
      return [service.url, service.url]
    },
  ],
  [
    'two nodes on PostgreSQL',
    async () => {
      const file = join(scratchFolder(clean), 'newsroom.json')
      writeFileSync(file, JSON.stringify(newsroom))
      const [one, other] = (await startNodes(clean, 2, { NEWSROOM: file })).nodes
      return [one.url, (other ?? one).url]
    },
  ],
]

describe.each(places)('%s', (_, open) => {
  let urls: readonly [string, string]
  let writer: string
  let approvers: readonly string[]
  beforeAll(async () => {
    urls = await open()
    const made = async (name: string, role: string) => (await newEditor(urls[0], name, role)).key
    writer = await made('Wil', 'writer')
    approvers = [await made('Eve', 'editor'), await made('Eli', 'editor')]
  })

  const as = async (key: string, at: 0 | 1, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
    const send = async () => {
      const answer = await ask(urls[at], method, path, body, headers)
      return { status: answer.status, ...((await answer.json()) as Said) }
    }
    let said = await send()
    // A database that has too much to do at once on a busy machine: the same is sent again in a moment, as that answer says.
    for (let nth = 0; nth < 20 && said.status === 503; nth += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      said = await send()
    }
    return said
  }
  const submitted = async (headline: string) => {
    const { item } = await as(writer, 0, 'POST', '/v1/desk/items', { level: 'flash', ...english(headline) })
    const asked = await as(writer, 0, 'POST', `/v1/desk/items/${item?.id}/submit`, {})
    return asked.item ?? Promise.reject(new Error('it was not submitted'))
  }
  const read = async ({ id }: Item) => (await as(writer, 1, 'GET', `/v1/desk/items/${id}`)).item
  const sentTexts = async ({ alertId }: Item) => {
    const answer = await ask(urls[1], 'GET', `/v1/alerts/${alertId}`)
    if (answer.status === 404) return []
    const { history } = (await answer.json()) as { history: { alert: { texts: Item['texts'] } }[] }
    return history.map(({ alert }) => alert.texts.en.headline)
  }
  const rounds = (count: number) => Array.from({ length: Math.min(runs(count), 200) }, (_it, nth) => nth)

  test('an approval of a text that is changed in the same moment: one of both counts, and only what was read goes out', async () => {
    for (const nth of rounds(40)) {
      const item = await submitted(`Read ${nth}`)
      const path = `/v1/desk/items/${item.id}`
      const save = () =>
        as(writer, 0, 'PUT', path, { level: 'flash', ...english(`Changed ${nth}`), version: item.version })
      const approve = () => as(approvers[0] ?? '', 1, 'POST', `${path}/approve`, { hash: item.hash })
      // Now the one is sent first, now the other.
      const sent = nth % 2 === 0 ? save() : null
      const approving = approve()
      const [saved, approved] = await Promise.all([sent ?? save(), approving])
      const now = await read(item)
      if (approved.status === 200) {
        expect([nth, saved.status, saved.code]).toEqual([nth, 409, 'item-published'])
        expect([now?.state, await sentTexts(item)]).toEqual(['published', [`Read ${nth}`]])
      } else {
        expect([nth, saved.status, approved.status, approved.code]).toEqual([nth, 200, 409, 'item-state'])
        expect(approved.detail).toContain('Wil')
        expect([now?.state, now?.approvals, await sentTexts(item)]).toEqual(['draft', [], []])
        const late = await as(approvers[0] ?? '', 1, 'POST', `${path}/submit`, { version: now?.version })
        expect(late.status).toBe(200)
        const stale = await as(approvers[1] ?? '', 1, 'POST', `${path}/approve`, { hash: item.hash })
        expect([stale.status, stale.code, await sentTexts(item)]).toEqual([409, 'item-changed', []])
      }
    }
  })

  test('two who approve in the same moment: one does, the other is told so, and it goes out once', async () => {
    for (const nth of rounds(20)) {
      const item = await submitted(`Twice ${nth}`)
      const approve = (key: string, at: number) =>
        as(key, at === 0 ? 0 : 1, 'POST', `/v1/desk/items/${item.id}/approve`, { hash: item.hash })
      const answers = await Promise.all(approvers.map(approve))
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
      const loser = answers.find(({ status }) => status === 409)
      expect([loser?.code, loser?.detail]).toEqual(['item-published', expect.stringMatching(/Eve|Eli/)])
      expect(await sentTexts(item)).toEqual([`Twice ${nth}`])
    }
  })

  test('a cancel around the end of the hold: it is cancelled and never goes out, or it went out and that is said', async () => {
    await Promise.all(
      rounds(40).map(async (nth) => {
        const body = { level: 'urgent', ...english(`Held ${nth}`) }
        const posted = await as(approvers[0] ?? '', 0, 'POST', '/v1/alerts', body)
        const { item } = posted
        if (item === undefined) throw new Error(`it was not held: ${JSON.stringify(posted)}`)
        const cancelMs = Date.parse(item.releaseAt) - Date.now() - 20 + nth
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, cancelMs)))
        const cancelled = await as(approvers[1] ?? '', 1, 'POST', `/v1/desk/items/${item.id}/cancel`, {})
        if (cancelled.status !== 200) {
          expect([nth, cancelled.status, cancelled.code]).toEqual([nth, 409, 'item-published'])
          return expect(await sentTexts(item)).toEqual([`Held ${nth}`])
        }
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        expect([nth, (await read(item))?.state, await sentTexts(item)]).toEqual([nth, 'cancelled', []])
      }),
    )
  })
})
