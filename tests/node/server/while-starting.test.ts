import { expect, test } from 'vitest'
import { createHttpServer, type Fetch, listen, whileStarting } from '../../../src/node/server/server.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

/** A server that has its port, and not yet its app. */
async function startingServer(waitMsMax?: number) {
  const { promise, resolve } = Promise.withResolvers<Fetch>()
  const server = createHttpServer(whileStarting(promise, waitMsMax))
  const url = await listen(server, '127.0.0.1', 0)
  clean(() => server.close())
  clean(() => server.closeAllConnections())
  return { url, start: () => resolve(async (request) => new Response(`${request.method} ${await request.text()}`)) }
}

test('requests that come while the service starts are answered by it, with their bodies', async () => {
  const { url, start } = await startingServer()
  const waiting = [fetch(url), fetch(url, { method: 'POST', body: 'An alert' })]
  const first = await Promise.race([...waiting, fetch(`${url}/readyz`)])
  expect(first.status).toBe(503)
  start()
  const answers = await Promise.all(waiting)
  expect(await Promise.all(answers.map(async (it) => [it.status, await it.text()]))).toEqual([
    [200, 'GET '],
    [200, 'POST An alert'],
  ])
})

test.each(['/readyz', '/healthz'])('%s is answered at once: it does not wait for the start', async (path) => {
  const { url } = await startingServer()
  const answer = await fetch(`${url}${path}`)
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'starting' }])
})

test('a request that has waited too long is told when to ask again', async () => {
  const { url } = await startingServer(1)
  const answer = await fetch(`${url}/v1/alerts`)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
})
