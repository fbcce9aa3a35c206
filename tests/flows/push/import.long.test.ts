import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { adminKey, ask, freePort, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const count = 1_500

async function started(folder: string, env: Record<string, string> = {}): Promise<Running> {
  const service = await startNode(folder, env)
  clean(() => service.end('SIGKILL'))
  return service
}

function fileOf(folder: string): string {
  const keys = makeBrowserKeys()
  const lines = Array.from({ length: count }, (_, at) => {
    const { endpoint, p256dh, auth } = addressOf(`https://updates.push.services.mozilla.com/wpush/v2/${at}`, keys)
    // One in a hundred is no address of a push service.
    const bad = at % 100 === 99 ? endpoint.replace('https:', 'http:') : endpoint
    return JSON.stringify({ subscription: { endpoint: bad, keys: { p256dh, auth } }, interest: { languages: ['en'] } })
  })
  const file = join(folder, 'readers.ndjson')
  writeFileSync(file, lines.join('\n'))
  return file
}

const total = async (url: string) =>
  ((await (await ask(url, 'GET', '/v1/desk/subscriptions/count')).json()) as { total: number }).total

test('an import into a service that is killed half-way and comes back ends with every good line in once', async () => {
  const folder = scratchFolder(clean)
  const file = fileOf(folder)
  const port = await freePort()
  const data = join(folder, 'data')
  const first = await started(data, { PORT: port })
  const env = { TOCSIN_URL: first.url, TOCSIN_KEY: adminKey }
  const running = tocsin(['subscriptions', 'import', file, '--chunk', '100', '--json'], { env })
  while ((await total(first.url)) < count / 3) await new Promise((resolve) => setTimeout(resolve, 5))
  await first.end('SIGKILL')
  const second = await started(data, { PORT: port })
  const { code, out, err } = await running
  // The chunk whose answer was lost is there already, in part or whole; the rest is made.
  const sums = JSON.parse(out) as { made: number; kept: number; refused: number }
  expect(code).toBe(1)
  expect(sums.refused).toBe(count / 100)
  expect(sums.made + sums.kept).toBe(count - count / 100)
  expect(await total(second.url)).toBe(count - count / 100)
  expect(err).toContain(`line ${count}  endpoint-refused`)
  expect(err).toContain('again in')

  const exported = await tocsin(['subscriptions', 'export'], { env })
  expect(exported.out.split('\n')).toHaveLength(count - count / 100)
  const other = await started(join(folder, 'other'))
  const elsewhere = { TOCSIN_URL: other.url, TOCSIN_KEY: adminKey }
  const moved = await tocsin(['subscriptions', 'import', '-'], { env: elsewhere, input: exported.out })
  // Another service has other VAPID keys: what it could never push to is not taken in.
  expect(moved.code).toBe(1)
  expect(moved.err).toContain('unknown-vapid-key')
  expect(await total(other.url)).toBe(0)
}, 60_000)
