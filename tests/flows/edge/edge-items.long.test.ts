import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { modelOn } from '../../contracts/items/items-model.ts'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'

// The model of the items in a Durable Object of a real workerd. In it, a crash resets the object in the midst of a
// transaction or between its commit and the answer; between the shares of the schedules, the process is killed.

const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: RunningWorker | null = null
const names: string[] = []
let published = 0

afterAll(async () => {
  await edge?.end()
  rmSync(folder, { recursive: true, force: true })
})

const start = () => startWorker({ folder, main: 'tests/edge/items-main.ts' })
type Ran = { readonly published?: readonly string[]; readonly failure?: string }

async function openModel() {
  await edge?.end('SIGKILL')
  const { url } = await start().then((it) => (edge = it))
  const name = `share ${names.length}`
  names.push(name)
  return {
    async run(schedule: object): Promise<readonly string[]> {
      const answer = await fetch(new URL(`/run?name=${name}`, url), { method: 'POST', body: JSON.stringify(schedule) })
      const { published: kinds, failure } = (await answer.json()) as Ran
      if (kinds === undefined) throw new Error(failure)
      published += kinds.length
      return kinds
    },
  }
}

modelOn(openModel, 200)

test('what was published before the process was killed is there, once, and in the audit log', async () => {
  await edge?.end('SIGKILL')
  edge = await start()
  let found = 0
  for (const name of names) {
    const answer = await fetch(new URL(`/published?name=${name}`, edge.url))
    const { entries, noted } = (await answer.json()) as { entries: readonly string[]; noted: readonly string[] }
    expect(new Set(entries).size).toBe(entries.length)
    expect(noted).toEqual(entries)
    found += entries.length
  }
  // Of a schedule whose clock went back by hours, the item may go out in a later one.
  expect(found).toBeGreaterThanOrEqual(published)
})
