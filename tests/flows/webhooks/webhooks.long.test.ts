import { expect, test } from 'vitest'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { ask, english, publish, type Running, revise, startNode } from '../../support/processes/service.ts'
import { startWorker } from '../../support/processes/worker-process.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { makeWebhook, startReceiver } from './receiver.ts'

// Webhooks of whole services, with real receivers, over kill -9.

const clean = cleaning()
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function start(folder: string, host: string): Promise<Running> {
  const service = await startNode(folder, { WEBHOOK_LOCAL_HOSTS: host })
  clean(() => service.end('SIGKILL'))
  return service
}

test.each([0, 1, 2, 3, 4, 5])(
  'kill -9 while alerts are published and told (%i): each that was answered is told at least once, under one id',
  async (nth) => {
    const receiver = await startReceiver(clean)
    const folder = scratchFolder(clean)
    const first = await start(folder, receiver.host)
    await makeWebhook(first, receiver.url)
    const stored: number[] = []
    const publishing = (async () => {
      for (let count = 0; count < 1_000; count += 1)
        stored.push((await publish(first.url, { ...english(`Alert ${count}`), level: 'routine' })).seq)
    })().catch(() => undefined)
    await expect.poll(() => receiver.messages.length).toBeGreaterThan(nth)
    await pause(nth * 7)
    await first.end('SIGKILL')
    await publishing
    const second = await start(folder, receiver.host)
    const head = (await publish(second.url, { ...english('The last'), level: 'routine' })).seq
    // A lease of the one that was killed ends after 20 s.
    const all = Array.from({ length: head }, (_, at) => at + 1)
    await expect.poll(() => receiver.seqs(), { timeout: 60_000 }).toEqual(all)
    expect(stored.every((seq) => all.includes(seq))).toBe(true)
    const idsOf = new Map<number, Set<string>>()
    for (const { seq = 0, id } of receiver.messages) idsOf.set(seq, (idsOf.get(seq) ?? new Set()).add(id))
    expect([...idsOf.values()].every((ids) => ids.size === 1)).toBe(true)
  },
)

test('a receiver that is away is told when it is back; one that keeps silent holds up no other', async () => {
  const receiver = await startReceiver(clean)
  const silent = await startReceiver(clean)
  silent.state.status = null
  const service = await start(scratchFolder(clean), `${receiver.host},${silent.host}`)
  await makeWebhook(service, silent.url)
  await makeWebhook(service, receiver.url)
  receiver.state.status = 503
  const { alert } = await publish(service.url, english('Away'))
  await expect.poll(() => receiver.messages.length).toBe(1)
  receiver.state.status = 204
  await revise(service.url, alert.id, 'retraction', { note: { en: 'No.' } })
  await expect
    .poll(() => receiver.messages.map(({ type }) => type))
    .toEqual(['alert.published', 'alert.retracted', 'alert.published'])
  expect(silent.messages.length).toBeGreaterThan(0)
  expect(new Set(silent.messages.map(({ seq }) => seq))).toEqual(new Set([1]))
})

test('of two nodes on one database each message is sent once; when one is killed the other goes on', async () => {
  const receiver = await startReceiver(clean)
  const { nodes } = await startNodes(clean, 2, { WEBHOOK_LOCAL_HOSTS: receiver.host })
  const [one, two = one] = nodes
  await makeWebhook(one, receiver.url)
  for (let count = 0; count < 40; count += 1)
    await publish([one, two][count % 2]?.url ?? '', { ...english(`Alert ${count}`), level: 'routine' })
  await expect.poll(() => receiver.seqs().length).toBe(40)
  await pause(1_000)
  expect(receiver.messages).toHaveLength(40)
  const publishing = (async () => {
    for (let count = 0; count < 40; count += 1)
      await publish(two.url, { ...english(`More ${count}`), level: 'routine' })
  })()
  await pause(100)
  await one.end('SIGKILL')
  await publishing
  await expect.poll(() => receiver.seqs().length, { timeout: 60_000 }).toBe(80)
})

test('on Workers too', async () => {
  const receiver = await startReceiver(clean)
  const folder = scratchFolder(clean)
  const settings = { WEBHOOK_LOCAL_HOSTS: receiver.host }
  const worker = await startWorker({ folder, settings })
  clean(() => worker.end())
  await makeWebhook(worker, receiver.url)
  receiver.state.status = 503
  await publish(worker.url, english('From the edge'))
  await expect.poll(() => receiver.messages.map(({ type }) => type)).toEqual(['alert.published'])
  receiver.state.status = 204
  await worker.end()
  const again = await startWorker({ folder, settings })
  clean(() => again.end())
  await expect.poll(() => receiver.messages.length).toBe(2)
  expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(1)
  const { webhooks } = (await (await ask(again.url, 'GET', '/v1/desk/webhooks')).json()) as { webhooks: object[] }
  expect(webhooks).toMatchObject([{ last: { outcome: 'accepted', detail: '204' } }])
})

test.each(['Node', 'Workers'])('on %s a receiver that wants nothing more is an alarm at the desk', async (place) => {
  const receiver = await startReceiver(clean)
  const folder = scratchFolder(clean)
  const settings = { WEBHOOK_LOCAL_HOSTS: receiver.host }
  const service =
    place === 'Node' ? await start(folder, receiver.host) : await startWorker({ folder, settings }).then(ended)
  await makeWebhook(service, receiver.url)
  receiver.state.status = 410
  await publish(service.url, english('To nobody'))
  const kinds = async () => {
    const answer = await ask(service.url, 'GET', '/v1/desk/alarms')
    return ((await answer.json()) as { alarms: { kind: string; detail: string }[] }).alarms
  }
  await expect
    .poll(kinds, { timeout: 20_000 })
    .toContainEqual(expect.objectContaining({ kind: 'webhook', detail: expect.stringContaining('410') }))
})

function ended(worker: Awaited<ReturnType<typeof startWorker>>) {
  clean(() => worker.end())
  return worker
}
