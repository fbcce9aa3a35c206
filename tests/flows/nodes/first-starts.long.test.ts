import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { makeSecretText } from '../../../src/push/crypto/push-secret.ts'
import { makeVapidKeys } from '../../../src/push/crypto/webcrypto-vapid.ts'
import { blankDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { compileCache } from '../../support/processes/compile-cache.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { serviceProgram } from '../../support/processes/service-program.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const rounds = 4

/** A node that has printed its last line, or has ended. */
type Started = {
  readonly printed: string
  readonly error: string
  readonly code: number | null
  readonly dataDir: string
  /** Kills it, so that its connections to the database are free again. */
  readonly kill: () => Promise<void>
}

/** Starts a node without an admin key, as an operator does the first time. */
async function firstStart(dataDir: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const child = spawn(process.execPath, [serviceProgram], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...compileCache, PORT: '0', DATA_DIR: dataDir, DRAIN_SECONDS: '0', ...env },
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  clean(kill)
  let error = ''
  child.stderr.on('data', (bytes) => {
    error += bytes
  })
  const lines: string[] = []
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      // The greeting is written at once; its note about VAPID_SUBJECT comes last.
      if (line.startsWith('Note: VAPID_SUBJECT')) resolve()
    })
  })
  await Promise.race([ready, exited])
  return { printed: lines.join('\n'), error, code: child.exitCode, dataDir, kill }
}

const keysIn = (nodes: readonly Started[]) =>
  nodes.flatMap(({ printed }) => /\n {2}([\w-]{40,})\n/.exec(printed)?.[1] ?? [])

test('three nodes that start at once on an empty database: one prints the admin key, the others say that it exists', async () => {
  const { publicKey, privateKey } = await makeVapidKeys()
  const keys = { PUSH_SECRET: makeSecretText(), VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }
  for (let round = 0; round < rounds; round += 1) {
    const databaseUrl = await blankDatabase(clean)
    const env = { ...onDatabase(databaseUrl), ...keys }
    const nodes = await Promise.all([1, 2, 3].map(() => firstStart(scratchFolder(clean), env)))
    expect(nodes.map(({ code, error }) => [code, error])).toEqual(nodes.map(() => [null, '']))
    const [key, ...more] = keysIn(nodes)
    expect([typeof key, more]).toEqual(['string', []])
    const told = nodes.filter(({ printed }) => printed.includes('Note: The database has editors already'))
    expect(told).toHaveLength(2)
    const headers = { authorization: `Bearer ${key}` }
    for (const { printed } of nodes) {
      const url = /ready at (\S+)/.exec(printed)?.[1]
      const editors = await (await fetch(`${url}/v1/desk/editors`, { headers })).json()
      expect(editors).toMatchObject({ editors: [{ name: 'First admin' }] })
    }
    const database = openDatabase(clean, databaseUrl)
    const heads = await database.all<{ epoch: string }>('select epoch, head from tocsin.log_head')
    expect(heads).toHaveLength(1)
    for (const { printed } of nodes) {
      const url = /ready at (\S+)/.exec(printed)?.[1]
      // On a busy machine a node may answer 503 for a moment: it has not heard from the database in time.
      const epoch = async () =>
        ((await (await fetch(`${url}/v1/alerts`)).json()) as { cursor?: string }).cursor?.split('.')[0]
      await expect.poll(epoch).toBe(heads[0]?.epoch)
    }
    await Promise.all(nodes.map(({ kill }) => kill()))
  }
})

test.each([
  ['neither', {}],
  ['the secret but no VAPID keys', { PUSH_SECRET: makeSecretText() }],
] as const)(
  'three nodes that start at once with %s: one makes the keys; the others end with a line, keep no keys of their own, and start with copies',
  { timeout: 240_000 },
  async (_, given) => {
    for (let round = 0; round < rounds; round += 1) {
      const env = { ...onDatabase(await blankDatabase(clean)), ...given }
      const nodes = await Promise.all([1, 2, 3].map(() => firstStart(scratchFolder(clean), env)))
      const [maker, ...others] = nodes.toSorted((a, b) => Number(a.code ?? -1) - Number(b.code ?? -1))
      expect([maker?.code, ...others.map(({ code }) => code)]).toEqual([null, 1, 1])
      expect(keysIn(nodes)).toHaveLength(1)
      expect(maker?.printed).toContain('Note: This node has made ')
      for (const { error, dataDir } of others) {
        expect(error).toMatch(/^This node has no [^\n]+ Copy them [^\n]+\n$/)
        expect(['vapid.json', 'push-secret'].filter((name) => existsSync(join(dataDir, name)))).toEqual([])
      }
      const { code, printed } = await firstStart(maker?.dataDir ?? '', env)
      expect([code, printed]).toEqual([null, expect.stringContaining('has editors already')])
    }
  },
)

test('three nodes that start at once in one data folder have the same keys, and all of them run', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = scratchFolder(clean)
    const env = onDatabase(await blankDatabase(clean))
    const nodes = await Promise.all([1, 2, 3].map(() => firstStart(dataDir, env)))
    expect(nodes.map(({ code, error }) => [code, error])).toEqual(nodes.map(() => [null, '']))
    const publicKeys = await Promise.all(
      nodes.map(async ({ printed }) => {
        const newsroom = await (await fetch(`${/ready at (\S+)/.exec(printed)?.[1]}/v1/newsroom`)).json()
        return (newsroom as { vapidPublicKey: string }).vapidPublicKey
      }),
    )
    expect(new Set(publicKeys).size).toBe(1)
    expect(existsSync(join(dataDir, 'vapid.json'))).toBe(true)
    await Promise.all(nodes.map(({ kill }) => kill()))
  }
})
