import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { fetchScript } from '../../../../src/web/reader/loader/fetch-script.ts'

// A real server on real connections; only the page's clock runs faster.

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** How one request is answered; the last one is for all that come after it. */
type Answer = (response: ServerResponse) => void

const text = 'x'.repeat(2_000)
const whole: Answer = (response) => response.end(text)
const failed: Answer = (response) => void response.writeHead(503).end('later')
const cut: Answer = (response) => void response.destroy()
const silent: Answer = () => {}
/** Sends the beginning and says that more would come. */
const stopped: Answer = (response) => {
  response.writeHead(200, { 'content-length': text.length })
  response.write(text.slice(0, 500))
}

async function serve(...answers: readonly Answer[]) {
  const seen = { asked: 0, sockets: [] as Socket[] }
  const server = createServer(({ socket }, response) => {
    seen.sockets.push(socket)
    answers[Math.min(seen.asked, answers.length - 1)]?.(response)
    seen.asked += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/script.js` }
}

/** Lets the clock of the page run faster than that of the server; gives the waits that it has begun. */
function hurry(times: number): number[] {
  const [later, waits] = [setTimeout, [] as number[]]
  vi.stubGlobal('setTimeout', (act: () => void, ms: number, ...values: unknown[]) => {
    // Node's own fetch uses the global as well, with values.
    if (values.length > 0) return later(act, ms, ...(values as []))
    waits.push(ms)
    return later(act, ms / times)
  })
  open.push(() => vi.unstubAllGlobals())
  return waits
}

test.each<[string, readonly Answer[]]>([
  ['stops on the way', [stopped, whole]],
  ['stops twice', [stopped, stopped, whole]],
  ['is never answered', [silent, whole]],
  ['loses its connection', [cut, whole]],
  ['is answered with a failure', [failed, failed, whole]],
])('a script that %s is asked for again, until it is whole', async (_, answers) => {
  const { seen, url } = await serve(...answers)
  hurry(50)
  await fetchScript(url)
  expect(seen.asked).toBe(answers.length)
})

test('a request that stops is given up with its connection, and the next has another', async () => {
  const { seen, url } = await serve(stopped, whole)
  hurry(50)
  await fetchScript(url)
  const [first, second] = seen.sockets
  expect(seen.asked).toBe(2)
  expect(first === second).toBe(false)
  await vi.waitFor(() => expect(first?.destroyed).toBe(true))
})

test('a slow answer of which something comes again and again is waited for', async () => {
  const { seen, url } = await serve((response) => {
    response.writeHead(200, { 'content-length': 40 })
    let sent = 0
    const send = () => {
      response.write('x')
      sent += 1
      if (sent < 40) later(send, 25)
    }
    send()
  })
  const later = setTimeout
  // One second is twenty by the page's clock, so that the whole takes four times the wait for silence.
  hurry(20)
  await fetchScript(url)
  expect(seen.asked).toBe(1)
})

test('attempts have an end, each waits longer than the one before, and what is missing is the import’s to say', async () => {
  const { seen, url } = await serve(failed)
  const waits = hurry(100)
  await expect(fetchScript(url)).resolves.toBeUndefined()
  expect(seen.asked).toBe(12)
  expect(waits.filter((ms) => ms % 5_000 === 0 && ms <= 60_000).length).toBeGreaterThanOrEqual(12)
  const pauses = waits.filter((ms) => ms < 5_000 || ms === 5_500)
  expect(pauses).toEqual([...pauses].sort((one, other) => one - other))
})
