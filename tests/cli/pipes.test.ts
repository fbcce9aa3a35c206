import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { deskServer, tocsin } from '../support/processes/cli.ts'
import { cleaning } from '../support/scratch.ts'
import { alert, welcome } from '../support/streams/collected-events.ts'
import { streamServer } from '../support/streams/stream-server.ts'

// The commands between real pipes, as a shell puts them there.

const clean = cleaning()
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Runs a line of bash; `$T` is the program. Gives what came out, and the exit codes of all parts of the last pipe. */
async function shell(line: string, env: Record<string, string>) {
  const child = spawn('bash', ['-c', `${line}\necho "codes \${PIPESTATUS[*]}" >&2`], {
    env: {
      PATH: process.env.PATH,
      T: `${process.execPath} ${main}`,
      TOCSIN_KEY: 'secret',
      ...env,
    } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const codes = /codes (.*)\n$/.exec(err)?.[1]
  return { out, err: err.replace(/codes .*\n$/, ''), codes }
}

test('a reader of the pipe that takes only the first lines ends the listener without an error', async () => {
  const server = await streamServer({
    onPeer(peer) {
      peer.send(welcome(1))
      let seq = 1
      const timer = setInterval(() => {
        seq += 1
        peer.send(alert(seq))
      }, 20)
      clean(() => clearInterval(timer))
    },
  })
  clean(() => server.close())
  const { out, err, codes } = await shell('$T listen --json | head -1', { TOCSIN_URL: server.url })
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq),
  ).toEqual([2])
  expect(codes).toBe('0 0')
  expect(err).not.toMatch(/Error|EPIPE|\n\s+at /)
})

test('an export that nobody reads to its end ends quietly too', async () => {
  const from = await deskServer(() => ({ status: 200, body: '{"a":1}\n'.repeat(200_000) }))
  clean(() => from.close())
  const { out, err, codes } = await shell('$T subscriptions export | head -2', { TOCSIN_URL: from.url })
  expect(out).toBe('{"a":1}\n{"a":1}\n')
  expect(codes).toBe('0 0')
  expect(err).not.toMatch(/Error|EPIPE|\n\s+at /)
})

test('an export goes into an import by a pipe, line for line; what the service could not read is reported and is not a line', async () => {
  const lines = Array.from({ length: 3_000 }, (_, at) => JSON.stringify({ n: at, text: 'سلام' }))
  const from = await deskServer(() => ({ status: 200, body: `${lines.join('\n')}\n{"unreadable":2}\n` }))
  const to = await deskServer(({ body }) => ({
    status: 200,
    body: { made: String(body).split('\n').length, kept: 0, refused: [] },
  }))
  for (const server of [from, to]) clean(() => server.close())
  const { out, err, codes } = await shell(
    '$T subscriptions export --url "$FROM" | $T subscriptions import - --chunk 700',
    { FROM: from.url, TOCSIN_URL: to.url },
  )
  expect(to.asked.flatMap(({ body }) => String(body).split('\n'))).toEqual(lines)
  expect(out).toContain('3000 made, 0 there already, 0 refused')
  // The export has told that it is not the whole; the import took all that came.
  expect(codes).toBe('1 0')
  expect(err).toContain('Not exported  2')
})

test('a store that is busy is asked again, and its answer is no refused line', async () => {
  const busy = { status: 503, headers: { 'retry-after': '0' }, body: { code: 'database-busy', detail: 'Busy.' } }
  const server = await deskServer((_, index) =>
    index === 1 ? busy : { status: 200, body: { made: 2, kept: 0, refused: [] } },
  )
  clean(() => server.close())
  const env = { TOCSIN_URL: server.url, TOCSIN_KEY: 'k' }
  const { code, out, err } = await tocsin(['subscriptions', 'import', '-', '--chunk', '2'], {
    env,
    input: '1\n2\n3\n4\n5\n6',
  })
  expect(code).toBe(0)
  expect(server.asked.map(({ body }) => body)).toEqual(['1\n2', '3\n4', '3\n4', '5\n6'])
  expect(out).toContain('6 made, 0 there already, 0 refused')
  expect(err).toContain('sending line 3 on again')
})
