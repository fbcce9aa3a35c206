import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { platform } from '../../../src/client/platform.ts'
import { bundleText } from './test-bundles.ts'

type Fetch = typeof platform.fetch

/** Mirrors at names that lead to this machine, and what they were asked. */
export type MirrorServers = {
  /** Goes to a mirror where one has the name, else over the network. */
  readonly fetch: Fetch
  readonly asked: string[]
  /** What a mirror answers from now on: a text, an object as canonical JSON, null for nothing that it has, or by itself. */
  set(name: string, answer: Answer): void
}

type Answer = string | object | null | ((request: IncomingMessage, response: ServerResponse) => void)

/** One server of static files for all names below `.example`, which gives each of them the answer that a test has set. */
export async function mirrorServers(clean: (undo: () => unknown) => void): Promise<MirrorServers> {
  const answers = new Map<string, Answer>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const [, name = '', ...path] = String(request.url).split('/')
    asked.push(`${name}/${path.join('/')}`)
    const answer = answers.get(name) ?? null
    if (typeof answer === 'function') answer(request, response)
    else if (answer === null) response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'content-type': 'text/plain' })
        .end(typeof answer === 'string' ? answer : bundleText(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    asked,
    set: (name, answer) => void answers.set(name, answer),
    fetch(url, request) {
      const { hostname, pathname } = new URL(url)
      const isMirror = hostname.endsWith('.example')
      return platform.fetch(isMirror ? `http://127.0.0.1:${port}/${hostname}${pathname}` : url, request)
    },
  }
}

/** A clock that runs so many times as fast, and timers that keep to it. */
export function fastWorld(factor: number) {
  const startMs = Date.now()
  return {
    now: () => startMs + (Date.now() - startMs) * factor,
    later: (ms: number, act: () => void) => platform.later(ms / factor, act),
    random: () => 0,
  }
}
