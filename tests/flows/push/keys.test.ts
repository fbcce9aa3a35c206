import { afterAll, beforeAll, expect, test } from 'vitest'
import { addEditor, keysSuite } from '../../support/keys-suite.ts'
import { adminKey, ask, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const undoing: (() => unknown)[] = []
const folder = scratchFolder((undo) => void undoing.push(undo))
cleaning()
let service: Running

beforeAll(async () => {
  service = await startNode(folder, { PROCESSES: '2' })
})
afterAll(async () => {
  await service.end('SIGKILL')
  for (const undo of undoing) undo()
})

keysSuite('two processes', () => service.url, 6)

test('a revoked ADMIN_KEY stays revoked over a restart; another admin goes on, and a new one is the way back', async () => {
  const { key } = await addEditor(service.url, 'admin')
  const by = (it: string) => ({ authorization: `Bearer ${it}` })
  const list = async (it: string) => ask(service.url, 'GET', '/v1/desk/editors', undefined, by(it))
  const { editors } = (await (await list(key)).json()) as { editors: { id: string; role: string }[] }
  const given = ((await (await ask(service.url, 'GET', '/v1/desk/session')).json()) as { editor: { id: string } })
    .editor
  expect(editors.map(({ id }) => id)).toContain(given.id)
  expect((await ask(service.url, 'DELETE', `/v1/desk/editors/${given.id}`, undefined, by(key))).status).toBe(204)
  await service.end('SIGTERM')

  service = await startNode(folder)
  expect([(await list(adminKey)).status, (await list(key)).status]).toEqual([401, 200])
  await service.end('SIGTERM')

  const wayBack = 'another-key-of-the-operators'
  service = await startNode(folder, { ADMIN_KEY: wayBack })
  expect([(await list(adminKey)).status, (await list(key)).status, (await list(wayBack)).status]).toEqual([
    401, 200, 200,
  ])
})
