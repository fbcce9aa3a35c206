import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { asksForPart, partOf } from '../../../../src/http/bundle/byte-range.ts'
import { browserPath, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { freezingProxy } from '../../../support/networks/freezing-proxy.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const patient = { timeout: 120_000 }
const file = Buffer.from(Array.from({ length: 4_096 }, (_, nth) => `${String(nth * 7_919).padStart(7)} `).join(''))

/** The client's own code as a page has it, which gives the hash of what it has read. */
const script = `import { askMirror } from './src/client/mirrors/ask-mirror.ts'
import { platform } from './src/client/platform.ts'
globalThis.readMirror = async (url) => {
  const bytes = await askMirror(platform, url, 60_000, new AbortController().signal)
  if (bytes === null) return null
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...hash].map((it) => it.toString(16).padStart(2, '0')).join('')
}`

async function port(answer: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(answer ?? (() => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

test.for(['firefox', 'chromium'] as const)(
  'in a real %s a file of 32 KB of another site comes whole where each connection stops after 15,000 bytes, without a preflight',
  patient,
  async (name, { skip }) => {
    const asked: IncomingMessage[] = []
    const mirror = await port((request, response) => {
      asked.push(request)
      const range = { method: request.method, range: request.headers.range }
      const whole = { status: 200, headers: { 'access-control-allow-origin': '*' }, body: file }
      const { status, headers, body } = asksForPart(range) ? partOf(whole, range) : whole
      response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
    })
    const frozen = await freezingProxy(mirror, clean)
    const { outputFiles } = await build({
      stdin: { contents: script, resolveDir: process.cwd(), loader: 'ts' },
      ...{ bundle: true, write: false, format: 'iife', target: 'chrome80' },
    })
    const page = await port((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>Page</title><script>${outputFiles[0]?.text}</script>`)
    })
    const path = browserPath(name, skip)
    const browser = await (name === 'firefox' ? launchFirefox(path, 'ws://127.0.0.1:1/') : launchChromium(path))
    clean(() => browser.close())
    const tab = await browser.newPage()
    await tab.goto(`http://127.0.0.1:${page}/`)
    const hash = await tab.evaluate(`readMirror('http://127.0.0.1:${frozen.port}/bundles/en.json')`)
    expect(hash).toBe(createHash('sha256').update(file).digest('hex'))
    expect(asked.map(({ method }) => method)).not.toContain('OPTIONS')
    expect(asked.length).toBeGreaterThanOrEqual(3)
    for (const { headers } of asked.slice(1)) {
      expect(headers.range).toMatch(/^bytes=[1-9]\d*-$/)
      expect(headers['accept-encoding']).toBe('identity')
      expect([headers.cookie, headers.referer, headers['accept-language']]).toEqual([undefined, undefined, '*'])
    }
  },
)
