import { afterEach, expect, test } from 'vitest'
import { startStandby } from '../../support/postgres/standby.ts'
import { createDatabase, startWithTemplate } from '../../support/postgres/template-database.ts'
import { startNodesOn } from '../../support/processes/postgres-nodes.ts'
import { english, publish } from '../../support/processes/service.ts'

const undos: (() => unknown)[] = []
const clean = (undo: () => unknown) => void undos.push(undo)
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo()
})

test('a former primary that comes back beside the promoted one is named, and no node starts on either', async () => {
  const primary = await startWithTemplate()
  clean(() => primary.remove())
  await createDatabase(primary.url('postgres'), 'news')
  const { server: standby, head } = await startStandby(primary, clean)
  const url = `postgres://tocsin@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/news`
  const [node] = await startNodesOn(clean, url, 1)
  await publish(node.url, english('Before'))
  await expect.poll(() => head('news'), { timeout: 60_000 }).toBe(1)
  await primary.stop('fast')
  await standby.promote()
  // It starts again on the promoted one.
  const send = () =>
    publish(node.url, english('Meanwhile'), 'one-intention').then(
      ({ seq }) => seq,
      () => 0,
    )
  await expect.poll(send, { timeout: 60_000 }).toBe(2)
  await primary.startAgain()
  const refused = await startNodesOn(clean, url, 1).then(
    () => 'started',
    (error: Error) => error.message,
  )
  expect(refused).toMatch(/2 of its servers are primaries/)
  expect(refused).toContain(`127.0.0.1:${standby.port} (timeline 2) and 127.0.0.1:${primary.port} (timeline 1)`)
  expect(refused).not.toMatch(/\n\s+at /)
  // The node that runs stays where it is.
  expect((await publish(node.url, english('After'))).seq).toBe(3)
})
