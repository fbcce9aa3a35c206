import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { expect, test } from 'vitest'
import { ask } from '../../support/processes/service.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

/** How many worker threads of Node a process has. */
const workersOf = (pid: number | undefined) =>
  readdirSync(`/proc/${pid}/task`).filter(
    (id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim() === 'WorkerThread',
  ).length

// The reads' and the subscriptions'.
const otherWorkers = 2

test.runIf(platform() === 'linux')(
  'threads that push start with the first subscription, and with the service when there is one',
  async () => {
    const push = await startPushService()
    clean(() => push.close())
    const folder = scratchFolder(clean)
    const first = await startPushing(folder, push, { PUSH_THREADS: '2' })
    clean(() => first.end('SIGKILL'))
    // The thread that checks the database at the start has ended.
    await expect.poll(() => workersOf(first.child.pid)).toBe(otherWorkers)
    const { endpoint, p256dh, auth } = push.makeReader().address
    const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
    const made = await ask(first.url, 'POST', '/v1/subscriptions', body)
    expect(made.status).toBe(201)
    await expect.poll(() => workersOf(first.child.pid)).toBe(otherWorkers + 2)
    await first.end('SIGTERM')

    const second = await startPushing(folder, push, { PUSH_THREADS: '2' })
    clean(() => second.end('SIGKILL'))
    await expect.poll(() => workersOf(second.child.pid)).toBe(otherWorkers + 2)
  },
)
