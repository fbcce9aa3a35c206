import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { numbers, type Standby, startStandby } from '../../support/postgres/standby.ts'
import { createDatabase, startWithTemplate } from '../../support/postgres/template-database.ts'
import { startNodesOn } from '../../support/processes/postgres-nodes.ts'
import { stateOf } from '../../support/processes/process-states.ts'
import { ask, english, newKey, publish, type Running } from '../../support/processes/service.ts'
import { listenRaw, type RawListener } from '../../support/streams/raw-listener.ts'

// A standby takes over and lacks the last alerts, which readers have seen. Each test has two servers and two nodes of its
// own. The first node goes over at once; the second one is stopped meanwhile, and comes back when others have published.

const undos: (() => unknown)[] = []
const clean = (undo: () => unknown) => void undos.push(undo)
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo()
})

const name = 'news'
const long = { timeout: 120_000, interval: 50 }
/** Alerts that both servers have, and those after them that only the former primary has. */
const kept = 3
const lost = 2
const seen = kept + lost

let primary: PostgresServer
let standby: Standby
let nodes: readonly [Running, Running]

beforeEach(async () => {
  primary = await startWithTemplate()
  clean(() => primary.remove())
  await createDatabase(primary.url('postgres'), name)
  standby = await startStandby(primary, clean)
  const url = `postgres://tocsin@127.0.0.1:${primary.port},127.0.0.1:${standby.server.port}/${name}`
  const [first, second] = await startNodesOn(clean, url, 2)
  if (second === undefined) throw new Error('there is one node')
  nodes = [first, second]
})

/** Publishes as soon as it can be. */
async function publishAgain(url: string, headline: string): Promise<void> {
  const key = newKey()
  const send = () =>
    publish(url, english(headline), key).then(
      () => 'published',
      (error: Error) => error.message,
    )
  await expect.poll(send, long).toBe('published')
}

/** What a node answers; it says why when it is not ready. */
async function readyz(url: string): Promise<string> {
  return fetch(`${url}/readyz`).then(
    (answer) => answer.text(),
    (error) => String(error),
  )
}

/** Two readers of each node, who have seen all that was published, of which the standby has only the first. */
async function readersAhead(): Promise<readonly RawListener[]> {
  const readers = await Promise.all(nodes.flatMap(({ url }) => [listenRaw(url), listenRaw(url, '?languages=en')]))
  for (let nth = 1; nth <= kept; nth += 1) await publish(nodes[0].url, english(`Kept ${nth}`))
  await expect.poll(() => standby.head(name), long).toBe(kept)
  standby.cutOff()
  for (let nth = 1; nth <= lost; nth += 1) await publish(nodes[0].url, english(`Lost ${nth}`))
  for (const reader of readers) await reader.frame(({ seq }) => seq === seen)
  return readers
}

/** What a returning reader is answered on a node, over and over: each answer that was not a refusal. */
function askAllTheTime(url: string, cursor: string) {
  const answers: { readonly head: number; readonly entries: readonly unknown[]; readonly reset?: object }[] = []
  let isEnded = false
  const asking = (async () => {
    while (!isEnded) {
      const answer = await fetch(`${url}/v1/alerts?after=${cursor}&limit=5`).catch(() => null)
      if (answer?.status === 200) answers.push((await answer.json()) as (typeof answers)[number])
      await sleep(5)
    }
  })()
  return async () => {
    isEnded = true
    await asking
    return answers
  }
}

const takeOvers: readonly (readonly [string, number, () => Promise<void>])[] = [
  ['promoted', 2, () => standby.server.promote()],
  // The server says of itself that it is the same, on the same timeline.
  ['started as the primary without being promoted', 1, () => standby.startUnpromoted()],
]
const orders: readonly (readonly [string, number])[] = [
  ['still lower', 0],
  ['as high again', lost],
  ['higher', lost + 1],
]
const cases = takeOvers.flatMap(([how, timeline, takeOver]) =>
  orders.map(([head, appends]) => ({ how, head, timeline, takeOver, appends })),
)

test.each(cases)(
  'a standby without the last alerts is $how; its head is $head when the second node comes: no reader misses anything silently',
  async ({ timeline, takeOver, appends }) => {
    const readers = await readersAhead()
    const cursor = readers[0]?.cursor() ?? ''
    expect(cursor.split('.')[1]).toBe(String(seen))
    const [first, second] = nodes
    second.child.kill('SIGSTOP')
    await expect.poll(() => stateOf(second.child.pid ?? 0), long).toBe('T')
    await primary.stop('immediate')
    const answers = nodes.map(({ url }) => askAllTheTime(url, cursor))
    await takeOver()
    expect(await numbers(standby.server, name)).toMatchObject({ head: kept })
    for (let nth = 1; nth <= appends; nth += 1) await publishAgain(first.url, `Anew ${nth}`)
    expect((await numbers(standby.server, name)).head).toBe(kept + appends)
    second.child.kill('SIGCONT')

    // Nobody stays connected with a cursor of the log that is gone.
    await Promise.all(readers.map(({ closed }) => closed))
    for (const reader of readers) expect(reader.seqs()).toEqual([1, 2, 3, 4, 5])
    for (const { url } of nodes) await expect.poll(() => readyz(url), long).toBe('{"status":"ready"}')
    const back = await Promise.all(nodes.map(({ url }) => listenRaw(url, `?after=${cursor}`)))
    for (const reader of back)
      expect(await reader.frame(({ type }) => type === 'reset')).toMatchObject({ reason: 'log-changed' })
    for (const { url } of nodes) {
      expect(await (await fetch(`${url}/v1/alerts?after=${cursor}`)).json()).toMatchObject({
        reset: { reason: 'log-changed' },
      })
      expect(await (await ask(url, 'GET', '/v1/desk/alarms')).text()).toContain('a standby was promoted')
    }
    await publishAgain(second.url, 'After')
    for (const reader of back) await reader.frame(({ seq }) => seq === kept + appends + 1)
    // An answer says that the log has changed, or it is of the log as it was.
    const wrong = (await Promise.all(answers.map((end) => end())))
      .flat()
      .filter(({ reset, head, entries }) => reset === undefined && (head !== seen || entries.length > 0))
    expect(wrong).toEqual([])
    expect(await numbers(standby.server, name)).toEqual({ head: kept + appends + 1, timeline })
  },
)
