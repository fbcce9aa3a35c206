import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { DeskDelivery } from '../../../src/desk/delivery-schema.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { ask, english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()

type Told = {
  readonly audience: Readonly<Record<string, { readonly push: number; readonly sockets: number }>>
  readonly socketsAtLeast: boolean
}

async function dryRun(url: string): Promise<Told> {
  const answer = await ask(url, 'POST', '/v1/alerts?dryRun=true', { level: 'urgent', ...english('How many?') })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Told
}

const sockets = ({ audience, socketsAtLeast }: Told) => [audience.en?.sockets, socketsAtLeast]

test('a dry run counts the readers of all nodes; while one is stopped it says that there are at least those of the others', async () => {
  const { nodes } = await startNodes(clean, 3, { DRAIN_SECONDS: '0' })
  const urls = nodes.map(({ url }) => url)
  for (const [nth, url] of urls.entries())
    for (let count = 0; count <= nth; count += 1) await listenRaw(url, '?languages=en')
  // Each question is answered with what is true then, and not with an older report.
  for (const url of urls) expect(sockets(await dryRun(url))).toEqual([6, false])
  const stopped = nodes[2]
  stopped?.child.kill('SIGSTOP')
  for (const url of urls.slice(0, 2)) expect(sockets(await dryRun(url))).toEqual([3, true])
  // Later nobody waits for it any more, and it is still said.
  await new Promise((resolve) => setTimeout(resolve, 11_000))
  const beganMs = performance.now()
  expect(sockets(await dryRun(urls[0] ?? ''))).toEqual([3, true])
  expect(performance.now() - beganMs).toBeLessThan(1_400)
  stopped?.child.kill('SIGCONT')
  await expect.poll(async () => sockets(await dryRun(urls[1] ?? '')), { timeout: 30_000 }).toEqual([6, false])
  // A node that was stopped in order has no readers.
  await stopped?.end('SIGTERM')
  expect(sockets(await dryRun(urls[0] ?? ''))).toEqual([3, false])
})

test('a delivery says how many streams of all nodes a change reached, also after one has been killed; of what nobody knows it says nothing', async () => {
  const { nodes } = await startNodes(clean, 3, { DRAIN_SECONDS: '0' })
  const urls = nodes.map(({ url }) => url)
  for (const [nth, url] of urls.entries())
    for (let count = 0; count <= nth; count += 1) await listenRaw(url, '?languages=en')
  const { alert } = await publish(urls[0] ?? '', english('To all of them'))
  const streams = async (url = '') => {
    const answer = await ask(url, 'GET', `/v1/alerts/${alert.id}/delivery`)
    return ((await answer.json()) as { deliveries: DeskDelivery[] }).deliveries[0]?.streams
  }
  for (const url of urls)
    await expect.poll(() => streams(url), { timeout: 20_000 }).toEqual({ byLanguage: { en: 6 }, atLeast: false })
  await nodes[2]?.end('SIGKILL')
  expect(await streams(urls[0])).toEqual({ byLanguage: { en: 6 }, atLeast: false })
})

test('of what went out before a start a delivery says that the streams are not known', async () => {
  const folder = scratchFolder(clean)
  const first = await startNode(folder)
  clean(() => first.end('SIGKILL'))
  await listenRaw(first.url, '?languages=en')
  const { alert } = await publish(first.url, english('Before the start'))
  const streams = async (url: string) => {
    const answer = await ask(url, 'GET', `/v1/alerts/${alert.id}/delivery`)
    return ((await answer.json()) as { deliveries: DeskDelivery[] }).deliveries.map((it) => it.streams)
  }
  await expect.poll(() => streams(first.url)).toEqual([{ byLanguage: { en: 1 }, atLeast: false }])
  await first.end('SIGTERM')
  const second = await startNode(folder)
  clean(() => second.end('SIGKILL'))
  expect(await streams(second.url)).toEqual([null])
})

test('a dry run of two processes of one service on SQLite counts the readers of both', {
  timeout: 60_000,
}, async () => {
  const service = await startNode(scratchFolder(clean), { PROCESSES: '2', HUNG_SECONDS: '0', DRAIN_SECONDS: '0' })
  clean(() => service.end('SIGKILL'))
  expect(sockets(await dryRun(service.url))).toEqual([0, false])
  const children = execFileSync('pgrep', ['-P', String(service.child.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const stopped = Number(children.at(-1))
  clean(() => process.kill(stopped, 'SIGCONT'))
  process.kill(stopped, 'SIGSTOP')
  // A new connection is given to either process: the stopped one does not answer.
  const answers: Told[] = []
  for (let tries = 0; tries < 12 && answers.length === 0; tries += 1)
    await Promise.race([
      dryRun(service.url).then(
        (told) => void answers.push(told),
        () => {},
      ),
      wait(3_500),
    ])
  expect(answers.map(sockets)).toContainEqual([0, true])
  process.kill(stopped, 'SIGCONT')
  await expect.poll(async () => sockets(await dryRun(service.url)), { timeout: 20_000 }).toEqual([0, false])
})

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
