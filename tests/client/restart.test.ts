import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { fileWithoutRules } from '../support/newsroom/newsroom-without-rules.ts'
import { tocsin } from '../support/processes/cli.ts'
import { serviceProgram } from '../support/processes/service-program.ts'
import { until } from '../support/streams/collected-events.ts'

const key = 'an-admin-key-of-the-test'
let folder = ''
let service: ChildProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-restart-'))
})
afterEach(async () => {
  await end('SIGKILL')
  await rm(folder, { recursive: true })
})

async function start(port: string): Promise<string> {
  const env = {
    ...process.env,
    PORT: port,
    DATA_DIR: folder,
    ADMIN_KEY: key,
    NEWSROOM: fileWithoutRules(),
    DRAIN_SECONDS: '0',
    LOG_LEVEL: 'error',
  }
  service = spawn(process.execPath, [serviceProgram], { stdio: ['ignore', 'pipe', 'inherit'], env })
  if (service.stdout === null) throw new Error('no output to read')
  for await (const line of createInterface({ input: service.stdout })) {
    const url = /^Tocsin is ready at (\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the service did not begin')
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (service === undefined || service.exitCode !== null || service.signalCode !== null) return
  const gone = once(service, 'exit')
  service.kill(signal)
  await gone
}

test.each([
  ['socket', 'SIGKILL'],
  ['socket', 'SIGTERM'],
  ['events', 'SIGKILL'],
  ['auto', 'SIGKILL'],
] as const)(
  'over %s, a reader hears every alert once although the service ends by %s and comes back',
  async (transport, signal) => {
    const url = await start('0')
    const collected: (string | undefined)[] = []
    const states: string[] = []
    const listening = listen({
      url,
      languages: ['en'],
      transport,
      world: { random: () => 0.1 },
      onEntry: ({ seq, alert: { headline }, replayed }) =>
        collected.push(`${seq} ${headline}${replayed ? ' (replayed)' : ''}`),
      onState: (state) => states.push(state),
    })
    const publish = async (headline: string, lang = 'en') => {
      const args = ['publish', '--level', 'routine', '--lang', lang, '--headline', headline]
      expect((await tocsin(args, { env: { TOCSIN_URL: url, TOCSIN_KEY: key } })).code).toBe(0)
    }
    try {
      await until(() => expect(states).toContain('live'))
      await publish('before')
      await until(() => expect(collected).toEqual(['1 before']))
      await end(signal)
      await until(() => expect(states).toContain('waiting'))
      await start(new URL(url).port)
      // Most likely before the reader is back; in its language, in another, and in its own again.
      await publish('between')
      await publish('میان', 'fa')
      await publish('after')
      await until(() =>
        expect(collected.map((line) => line?.replace(' (replayed)', ''))).toEqual(['1 before', '2 between', '4 after']),
      )
      await publish('live')
      await until(() => expect(collected.at(-1)).toBe('5 live'))
      expect(collected.length).toBe(4)
    } finally {
      listening.close()
    }
  },
)
