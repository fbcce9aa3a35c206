import { globSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startNode } from '../../support/processes/service.ts'
import { startWorker } from '../../support/processes/worker-process.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// On Workers the platform sends the files of public/ (`public/_headers`), on Node the service does: readers get the same.

const clean = cleaning(afterAll)
const folder = join(import.meta.dirname, '../../../public')
const files = globSync('**/*', { cwd: folder, withFileTypes: true })
  .filter((it) => it.isFile())
  .map((it) => join(it.parentPath, it.name).slice(folder.length))
  .toSorted()

const same = [
  ...['cache-control', 'content-security-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy'],
  ...['referrer-policy', 'service-worker-allowed', 'x-content-type-options', 'x-frame-options'],
]
/** Two names of one type, and a parameter that is of no use in SVG. */
const typeOf = (type: string | null) =>
  type?.replace('image/vnd.microsoft.icon', 'image/x-icon').replace(/^(image\/.*?);.*$/, '$1') ?? null

async function sent(url: string, path: string) {
  const answer = await fetch(new URL(path, url), { redirect: 'manual' })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  // What is not there is the service's own answer everywhere.
  if (answer.status !== 200) return { path, status: answer.status }
  const headers = Object.fromEntries(same.map((name) => [name, answer.headers.get(name)]))
  // A file has no style or script of a page, whose hashes the service names in all its answers.
  const policy = headers['content-security-policy']?.replace(/ 'sha256-[^']*'/g, '')
  return {
    ...{ path, status: answer.status, ...headers, 'content-security-policy': policy },
    ...{ type: typeOf(answer.headers.get('content-type')), bytes: Buffer.from(bytes).toString('base64') },
  }
}

test('every file of public/ has the same bytes, type, caching and policies on Node and on Workers', {
  timeout: 120_000,
}, async () => {
  const node = await startNode(scratchFolder(clean))
  clean(() => node.end('SIGKILL'))
  const worker = await startWorker({ folder: scratchFolder(clean) })
  clean(() => worker.end())
  const [onNode, onWorkers] = await Promise.all(
    [node.url, worker.url].map(async (url) => {
      const all: Awaited<ReturnType<typeof sent>>[] = []
      for (const path of files) all.push(await sent(url, path))
      return all
    }),
  )
  expect(onWorkers).toEqual(onNode)
  const served = (onNode ?? []).filter(({ status }) => status === 200)
  expect(served.length).toBeGreaterThan(30)
  expect(served.filter(({ path }) => /\.(br|gz)$|_headers/.test(path))).toEqual([])
  for (const file of served)
    expect(file).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})
