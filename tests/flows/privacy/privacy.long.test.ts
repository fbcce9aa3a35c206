import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tracesIn } from '../../support/privacy/reader-marks.ts'
import { filesIn, sqliteColumns } from '../../support/privacy/stored-places.ts'
import { expectNoTrace, readByOthers, wholeRun } from '../../support/privacy/whole-run.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

/** The log at its most verbose, and limits that readers run into. */
const env = { LOG_LEVEL: 'trace', TRUST_PROXY: '1', SUBSCRIBE_PER_MINUTE: '8', CONNECTIONS_PER_ADDRESS: '4' }

test.each([
  ['the fast implementations', {}],
  [
    'the plain implementations',
    { SOCKET_WRITER: 'ws', STREAM_WRITER: 'node', FAST_SUBSCRIBE: '0', PUSH_SENDER: 'web-push' },
  ],
])(
  'SQLite: after a run with all that a reader does nothing tells of the reader, %s',
  async (_, more) => {
    const service = await startPushService()
    clean(() => service.close())
    const folder = scratchFolder(clean)
    const first = await startPushing(folder, service, { ...env, ...more })
    let out = ''
    first.child.stdout?.on('data', (chunk) => {
      out += chunk
    })
    clean(() => first.end('SIGKILL'))
    const readers = await wholeRun(first.url, service, ['the file tocsin.db', 'the file tocsin.db-wal'])
    expectNoTrace(await readByOthers(first.url), readers)
    // While it runs, and after it was killed: the write-ahead log and all that lies about.
    expectNoTrace(filesIn(folder), readers)
    await first.end('SIGKILL')
    expectNoTrace(filesIn(folder), readers)
    const second = await startPushing(folder, service, { ...env, ...more })
    clean(() => second.end('SIGKILL'))
    const backup = join(scratchFolder(clean), 'backup')
    expect(await tocsin(['backup', backup, '--data', folder])).toMatchObject({ code: 0 })
    expectNoTrace(filesIn(backup), readers)
    await second.end('SIGTERM')
    const columns = sqliteColumns(join(folder, 'tocsin.db'))
    expect(columns.map(({ name }) => name)).toContain('subscriptions.address')
    expectNoTrace(columns, readers)
    // The search finds what is there: a subscription's id, were it not meant to be.
    const anywhere = readers.flatMap(({ marks }) => marks.map(({ name, value }) => ({ name, value })))
    expect(tracesIn(columns, anywhere)).toEqual(
      expect.arrayContaining([
        'the id of the subscription as it is in subscriptions.id',
        'its newer token its sha256 in subscriptions.token_hash',
      ]),
    )
    const said = [first.error(), out, second.error()].join('\n')
    expectNoTrace([{ name: 'the log', bytes: Buffer.from(said) }], readers)
  },
  180_000,
)
