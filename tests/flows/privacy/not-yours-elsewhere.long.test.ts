import { afterAll } from 'vitest'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { startWorker } from '../../support/processes/worker-process.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { notYoursSuite } from '../suites/not-yours.ts'

const clean = cleaning(afterAll)

/** Starts once. */
function once(start: () => Promise<string>) {
  let url: Promise<string> | null = null
  return async () => {
    url ??= start()
    return { url: await url, close: async () => undefined }
  }
}

const connectTo = { PUSH_CONNECT_TO: 'updates.push.services.mozilla.com=127.0.0.1:9' }

notYoursSuite(
  'Node with PostgreSQL',
  once(async () => (await startNodes(clean, 1, connectTo)).nodes[0].url),
)

notYoursSuite(
  'Workers',
  once(async () => {
    const settings = { ...connectTo }
    const worker = await startWorker({
      main: 'tests/support/push/worker-push-main.ts',
      folder: scratchFolder(clean),
      settings,
    })
    clean(() => worker.end())
    return worker.url
  }),
)
