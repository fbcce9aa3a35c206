import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesIn } from '../../support/privacy/stored-places.ts'
import { expectNoTrace, readByOthers, wholeRun } from '../../support/privacy/whole-run.ts'
import { startWorker } from '../../support/processes/worker-process.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

/** What `wrangler dev` itself prints of each request; there is no such line where the Worker is deployed. */
const linesOfWrangler = /^.*\[wrangler:\w+\].* (?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) .*$/gm

/** Where `wrangler dev` keeps traces of its own; `observability.traces` in wrangler.toml says that there are none where it is deployed. */
const tracesOfMiniflare = 'the file v3/observability/'

test('Workers: after a run with all that a reader does nothing tells of the reader', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const caFile = join(scratchFolder(clean), 'ca.pem')
  writeFileSync(caFile, service.certificate.cert)
  const connectTo = [...service.connectTo].map(([host, { address, port }]) => `${host}=${address}:${port}`).join(',')
  const worker = await startWorker({
    main: 'tests/support/push/worker-push-main.ts',
    ...{ folder, caFile },
    settings: { PUSH_CONNECT_TO: connectTo, SUBSCRIBE_PER_MINUTE: '8', CONNECTIONS_PER_ADDRESS: '4' },
  })
  clean(() => worker.end())
  const readers = await wholeRun(worker.url, service)
  expectNoTrace(await readByOthers(worker.url), readers)
  await worker.end()
  const said = worker.said().replaceAll(linesOfWrangler, '')
  expectNoTrace([{ name: 'the log', bytes: Buffer.from(said) }], readers)
  const files = filesIn(folder).filter(({ name }) => !name.startsWith(tracesOfMiniflare))
  // The objects' databases have what the service made up for a reader; their other columns are those of SQLite on Node.
  const databases = files.filter(({ name }) => /\.sqlite(?:-wal|-shm)?$/.test(name)).map(({ name }) => name)
  expect(databases.length).toBeGreaterThan(3)
  expectNoTrace(
    files,
    readers.map((it) => it.withOwnNumbersIn(databases)),
  )
}, 240_000)
