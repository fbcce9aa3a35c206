import { Client } from 'pg'
import { expect, test } from 'vitest'
import { filesIn, postgresColumns } from '../../support/privacy/stored-places.ts'
import { expectNoTrace, readByOthers, wholeRun } from '../../support/privacy/whole-run.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const env = {
  LOG_LEVEL: 'trace',
  TRUST_PROXY: '1',
  SUBSCRIBE_PER_MINUTE: '8',
  CONNECTIONS_PER_ADDRESS: '4',
  PROCESSES: '2',
}

test('PostgreSQL: after a run with all that a reader does nothing tells of the reader, also where a statement fails', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const start = (dataDir: string, more: Record<string, string> = {}) => startPushing(dataDir, service, more)
  const { nodes, databaseUrl, dataDir } = await startNodes(clean, 1, env, start)
  const [node] = nodes
  let out = ''
  node.child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  const readers = await wholeRun(node.url, service)
  expectNoTrace(await readByOthers(node.url), readers)
  const columns = await postgresColumns(databaseUrl)
  expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['subscriptions.address', 'entries.alert']))
  expectNoTrace(columns, readers)
  // PostgreSQL answers with the whole row that it refuses, and the driver keeps that in the error.
  const client = new Client(databaseUrl)
  await client.connect()
  clean(() => client.end())
  await client.query('alter table tocsin.subscriptions add constraint refuses_all check (false) not valid')
  for (const reader of readers) expect(await reader.changeInterest()).toBe(500)
  await node.end('SIGTERM')
  const log = { name: 'the log', bytes: Buffer.from(node.error() + out) }
  expect(node.error()).toContain('refuses_all')
  expectNoTrace([log], readers)
  expectNoTrace(filesIn(dataDir), readers)
}, 180_000)
