import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { runs } from '../../support/effort.ts'
import { english, publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const killable = fileURLToPath(new URL('../../support/processes/thread-kill-main.ts', import.meta.url))
const atOnce = 64
const keys = Array.from({ length: 20 }, makeBrowserKeys)
let made = 0

type Taken = { readonly id: string; readonly token: string }
type Refused = { readonly status: number; readonly code: string; readonly retryAfter: string | null }

/** New subscribers, as many at a time as browsers of a small town, until told to stop. */
class Surge {
  readonly taken: Taken[] = []
  readonly refused: Refused[] = []
  cut = 0
  #over = false
  readonly #running: Promise<unknown>

  constructor({ url }: Running) {
    this.#running = Promise.all(Array.from({ length: atOnce }, () => this.#come(url)))
  }

  async end(): Promise<void> {
    this.#over = true
    await this.#running
  }

  async #come(url: string): Promise<void> {
    while (!this.#over) {
      made += 1
      const address = addressOf(
        `https://fcm.googleapis.com/fcm/send/${made}`,
        keys[made % keys.length] ?? makeBrowserKeys(),
      )
      const { endpoint, p256dh, auth } = address
      const body = JSON.stringify({
        subscription: { endpoint, keys: { p256dh, auth } },
        interest: { languages: ['en'], level: 'flash' },
      })
      const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      try {
        const answer = await fetch(new URL('/v1/subscriptions', url), asked)
        const json = (await answer.json()) as Taken & { readonly code: string }
        if (answer.status === 201) this.taken.push(json)
        else {
          this.refused.push({ status: answer.status, code: json.code, retryAfter: answer.headers.get('retry-after') })
          await sleep(20)
        }
      } catch {
        // The process is gone: nothing was promised.
        this.cut += 1
        await sleep(20)
      }
    }
  }
}

async function reached(surge: Surge, count: number): Promise<void> {
  while (surge.taken.length < count) await sleep(5)
}

async function lostOf({ url }: Running, taken: readonly Taken[]): Promise<readonly Taken[]> {
  const lost: Taken[] = []
  const left = [...taken]
  const look = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      const headers = { authorization: `Bearer ${one.token}` }
      const { status } = await fetch(new URL(`/v1/subscriptions/${one.id}`, url), { headers })
      if (status !== 200) lost.push(one)
    }
  }
  await Promise.all(Array.from({ length: 16 }, look))
  return lost
}

test.each<[string, Record<string, string>]>([
  ['one process', {}],
  ['two processes', { PROCESSES: '2' }],
])(
  'killed in the middle of a surge, %s: every subscription that was answered 201 is there, and its token works',
  async (_, env) => {
    const folder = scratchFolder(clean)
    const taken: Taken[] = []
    for (let kill = 0; kill < Math.min(6, runs(1)); kill += 1) {
      const service = await startNode(folder, env)
      clean(() => service.end('SIGKILL'))
      const surge = new Surge(service)
      await reached(surge, 100 + Math.floor(Math.random() * 400))
      await service.end('SIGKILL')
      await surge.end()
      expect(surge.cut, 'it was in the middle').toBeGreaterThan(0)
      expect(surge.refused).toEqual([])
      taken.push(...surge.taken)
    }
    const service = await startNode(folder, env)
    clean(() => service.end('SIGKILL'))
    expect(await lostOf(service, taken)).toEqual([])
    expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length)
  },
  120_000,
)

test('when the thread that keeps subscriptions dies in a surge, its calls get 503 with Retry-After, and another thread replaces it', async () => {
  const service = await startNode(scratchFolder(clean), { LOG_LEVEL: 'silent', KILL_THREADS: 'push-store' }, killable)
  clean(() => service.end('SIGKILL'))
  const surge = new Surge(service)
  const kills = 3
  for (let kill = 1; kill <= kills; kill += 1) {
    await reached(surge, surge.taken.length + 100 + Math.floor(Math.random() * 200))
    const before = surge.refused.length
    service.child.kill('SIGUSR2')
    while (surge.refused.length === before) await sleep(5)
    // An alert does not wait for the thread.
    await publish(service.url, english(`The ${kill}. alert`))
  }
  await reached(surge, surge.taken.length + 100)
  await surge.end()
  expect(surge.cut).toBe(0)
  for (const refused of surge.refused)
    expect(refused).toEqual({ status: 503, code: 'subscriptions-busy', retryAfter: '2' })
  expect(await lostOf(service, surge.taken)).toEqual([])
})
