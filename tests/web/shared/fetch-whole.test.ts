import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { fetchWhole } from '../../../src/web/shared/fetch-whole.ts'

const open: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const close of open.splice(0)) close()
})

/** A server that sends so many bytes, one in each of `everyMs`, and then nothing more. It says that more would come. */
async function slowServer(bytes: number, everyMs: number, whole = bytes): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': whole })
    response.flushHeaders()
    let sent = 0
    const send = () => {
      if (sent === bytes) return
      sent += 1
      response.write('x')
      setTimeout(send, everyMs)
    }
    send()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Lets the clock of the page run faster than that of the server. */
function hurry(times: number): void {
  const [start, now, every] = [Date.now(), Date.now, setInterval]
  vi.spyOn(Date, 'now').mockImplementation(() => start + (now() - start) * times)
  vi.stubGlobal('setInterval', (act: () => void, ms: number) => every(act, ms / times))
  open.push(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })
}

test('an answer that stops before its end is given up', async () => {
  hurry(100)
  await expect(fetchWhole(await slowServer(20, 1, 21), 1)).rejects.toThrow(/abort/i)
})

test('an answer of which something comes again and again is waited for beyond the wait for silence', async () => {
  const url = await slowServer(25, 40)
  hurry(10)
  // Ten seconds by the page's clock.
  const { answer, text } = await fetchWhole(url, 1)
  expect([answer.status, text]).toEqual([200, 'x'.repeat(25)])
})
