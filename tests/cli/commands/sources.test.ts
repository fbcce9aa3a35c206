import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { serviceOf } from '../../../src/cli/service-client.ts'
import { deskServer, tocsin } from '../../support/processes/cli.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Where two sources say something: a flag wins over the environment; a flag and a file that contradict each other are refused.

const clean = cleaning()
const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

test.each([
  [undefined, {}, 'http://localhost:3000/'],
  [undefined, { TOCSIN_URL: 'http://env.example' }, 'http://env.example/'],
  ['http://flag.example', {}, 'http://flag.example/'],
  ['http://flag.example', { TOCSIN_URL: 'http://env.example' }, 'http://flag.example/'],
  // A flag that is right heals an environment that is not.
  ['http://flag.example', { TOCSIN_URL: 'nonsense' }, 'http://flag.example/'],
])('of --url %s and the environment %j the address is %s', (flag, env, url) => {
  expect(serviceOf(flag, { env }).url.href).toBe(url)
})

test.each([
  [[], 'public', 'public'],
  [[], 'test', 'test'],
  [['--test'], undefined, 'test'],
  [['--test'], 'test', 'test'],
  [['--test'], 'public', 'refused'],
])('publish with the flags %j and a file whose audience is %s: %s', async (flags, audience, expected) => {
  const server = await deskServer(() => ({ status: 201, body: {} }))
  clean(() => server.close())
  const env = { TOCSIN_URL: server.url, TOCSIN_KEY: 'k' }
  const { code, err } = await tocsin(['publish', '-', ...flags], {
    env,
    input: JSON.stringify({ level: 'flash', audience }),
  })
  if (expected === 'refused') {
    expect([code, server.asked]).toEqual([2, []])
    expect(err).toContain('contradict')
  } else expect(server.asked[0]?.body).toEqual({ level: 'flash', audience: expected })
})

test.each([
  ['3', undefined, '"3"'],
  [undefined, 3, undefined],
  ['3', 3, '"3"'],
  ['3', 4, 'refused'],
  ['3', '3', 'refused'],
])('update with --alert-version %s and a file of version %j: If-Match is %s', async (flag, version, expected) => {
  const server = await deskServer(() => ({ status: 201, body: {} }))
  clean(() => server.close())
  const env = { TOCSIN_URL: server.url, TOCSIN_KEY: 'k' }
  const flags = flag === undefined ? [] : ['--alert-version', flag]
  const { code, err } = await tocsin(['update', 'id', '-', ...flags], {
    env,
    input: JSON.stringify({ level: 'flash', version }),
  })
  if (expected === 'refused') {
    expect([code, server.asked]).toEqual([2, []])
    expect(err).toContain('contradict')
  } else expect(server.asked.map(({ headers }) => headers['if-match'])).toEqual([expected])
})

test('serve takes its flags before the environment, and names what it does not take', async () => {
  const [flag, other] = [scratchFolder(clean), scratchFolder(clean)]
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', join(flag, 'a b')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '1',
      DATA_DIR: other,
      HOST: '127.0.0.1',
      DRAIN_SECONDS: '0',
    } as NodeJS.ProcessEnv,
  })
  clean(() => child.kill('SIGKILL'))
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('/desk')) break
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(err.trim().split('\n')).toEqual([
    'Note: --port 0 is taken; the environment says PORT=1.',
    `Note: --data ${join(flag, 'a b')} is taken; the environment says DATA_DIR=${other}.`,
  ])
})
