import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { run } from '../../../src/cli/run.ts'
import type { ExitCode, Shell } from '../../../src/cli/shell.ts'

export type Ran = { readonly code: ExitCode; readonly out: string; readonly err: string }

/** Runs a command line in this process and gives what it printed and its exit code. */
export async function tocsin(
  args: readonly string[],
  {
    env = {},
    input = '',
    answer,
    stop = new AbortController().signal,
    warned = () => {},
  }: {
    env?: Shell['env']
    input?: string | Uint8Array
    answer?: string
    stop?: AbortSignal
    warned?: (line: string) => void
  } = {},
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const asked = async (question: string) => {
    err.push(question)
    return answer ?? ''
  }
  const code = await run(args, {
    env,
    print: (line) => out.push(line),
    warn(line) {
      err.push(line)
      warned(line)
    },
    ask: answer === undefined ? null : asked,
    readInput: () => Promise.resolve(Buffer.from(input)),
    input: Readable.from([Buffer.from(input)]),
    said: () => Promise.resolve(),
    styled: false,
    stop,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

export type Asked = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'tear'

/** A server on a real port that answers as told and remembers what it was asked. `tear` takes the request and breaks off. */
export async function deskServer(reply: (asked: Asked, index: number) => Reply) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, body: bodyOf(body) }
    const answer = reply(one, asked.push(one) - 1)
    if (answer === 'tear') {
      response.destroy()
      return
    }
    const type = answer.status >= 400 ? 'application/problem+json' : 'application/json'
    response.writeHead(answer.status, { 'content-type': type, ...answer.headers })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function bodyOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}
