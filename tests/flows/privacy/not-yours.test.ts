import { afterAll } from 'vitest'
import { type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { notYoursSuite } from '../suites/not-yours.ts'

const clean = cleaning(afterAll)
let running: Promise<Running> | null = null

/** One service serves all. */
async function open() {
  if (running === null) {
    running = startNode(scratchFolder(clean), { PUSH_CONNECT_TO: 'updates.push.services.mozilla.com=127.0.0.1:9' })
    clean(async () => (await running)?.end('SIGKILL'))
  }
  const { url } = await running
  return { url, close: async () => undefined }
}

notYoursSuite('Node with SQLite', open)
