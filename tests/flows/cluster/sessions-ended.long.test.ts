import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { ask, english, newKey, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()

async function startOn(url: string) {
  const node = await startNode(scratchFolder(clean), onDatabase(url))
  clean(() => node.end('SIGKILL'))
  return node
}

test('a database that ends idle sessions after a second: every alert arrives, and the log says nothing of it', async () => {
  const url = await freshDatabase(clean)
  const admin = openDatabase(clean, url)
  await admin.once(`do $$ begin
    execute format('alter database %I set idle_session_timeout = %L', current_database(), '1s'); end $$`)
  const node = await startOn(url)
  const reader = await listenRaw(node.url)
  for (let seq = 1; seq <= 6; seq += 1) {
    await publish(node.url, english(`Number ${seq}`))
    await reader.frame((it) => it.seq === seq)
    await sleep(1_500)
  }
  expect(node.error()).toBe('')
})

test('while another transaction holds the head, pages are served and alerts are answered 503; then all goes on', async () => {
  const url = await freshDatabase(clean)
  const node = await startOn(url)
  await publish(node.url, english('Before'))
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holding = openDatabase(clean, url, { connectionsMax: 1 }).transaction(async (statements) => {
    await statements.all('select from tocsin.log_head for update')
    locked.resolve()
    await release.promise
  })
  await locked.promise
  // More than there are connections to the database.
  const keys = Array.from({ length: 20 }, newKey)
  const send = async (key: string) => {
    const body = { level: 'urgent', ...english(key) }
    const { status } = await ask(node.url, 'POST', '/v1/alerts', body, { 'idempotency-key': key })
    return status
  }
  const alerts = Promise.all(keys.map(send))
  // While the head is locked still, however long the machine takes.
  for (const path of ['/v1/alerts', '/', '/v1/alerts?limit=1'])
    expect((await fetch(new URL(path, node.url))).status, path).toBe(200)
  expect(await alerts).toEqual(keys.map(() => 503))
  release.resolve()
  await holding
  await expect.poll(() => fetch(`${node.url}/readyz`).then(({ status }) => status), { timeout: 30_000 }).toBe(200)
  expect(await Promise.all(keys.map(send))).toEqual(keys.map(() => 201))
})
