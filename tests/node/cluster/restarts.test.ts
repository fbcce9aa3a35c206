import { expect, test } from 'vitest'
import { startRestarting } from '../../../src/node/cluster/restarts.ts'
import { readConfig } from '../../../src/node/config.ts'
import type { Service } from '../../../src/node/service.ts'

const config = readConfig({ PORT: '0' })
const logger = { report() {}, panic() {} } as unknown as Parameters<typeof startRestarting>[1]

/** Services that are given in turn; null: a start fails. `replace` says that the database of the newest was replaced. */
function starts(...given: readonly ('starts' | 'fails')[]) {
  const replaces: (() => void)[] = []
  const stopped: number[] = []
  let nth = 0
  async function start(): Promise<Service> {
    const number = nth
    nth += 1
    if ((given[number] ?? 'fails') === 'fails') throw new Error('the database is away')
    const { promise: replaced, resolve } = Promise.withResolvers<void>()
    replaces.push(resolve)
    const stop = async () => void stopped.push(number)
    return { url: 'http://127.0.0.1:1', firstKey: null, notes: [], replaced, stop }
  }
  return { start, replace: () => replaces.at(-1)?.(), stopped, count: () => nth }
}

test('a service whose database was replaced is stopped and started again, and the new one is stopped at the end', async () => {
  const { start, replace, stopped, count } = starts('starts', 'starts')
  const service = await startRestarting(config, logger, undefined, start)
  replace()
  await expect.poll(count).toBe(2)
  await service.stop()
  expect(stopped).toEqual([0, 1])
})

test('a start that fails is tried again', async () => {
  const { start, replace, stopped, count } = starts('starts', 'fails', 'starts')
  const service = await startRestarting(config, logger, undefined, start)
  replace()
  await expect.poll(count).toBe(3)
  await service.stop()
  expect(stopped).toEqual([0, 2])
})

test('it can be stopped while it cannot be started again', { timeout: 30_000 }, async () => {
  const { start, replace, stopped, count } = starts('starts')
  const service = await startRestarting(config, logger, undefined, start)
  replace()
  await expect.poll(count).toBeGreaterThan(1)
  await service.stop()
  expect(stopped).toEqual([0])
  const before = count()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(count()).toBe(before)
})
