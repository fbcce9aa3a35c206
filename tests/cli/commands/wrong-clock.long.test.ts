import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fakedClock } from '../../interop/faked-clock.ts'
import { deskServer } from '../../support/processes/cli.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Programs whose clocks are wrong by a day, against a real service: its clock is right, or is the one that is wrong.

const clean = cleaning()
const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const dayMs = 24 * 60 * 60 * 1_000

function ran(args: readonly string[], env: Readonly<Record<string, string>>) {
  return new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((resolve) => {
    execFile(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...env } }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    )
  })
}

test.for([
  ['a reader’s clock is a day ahead', 1, 0],
  ['a reader’s clock is a day behind', -1, 0],
  ['the service’s clock is a day ahead', 0, 1],
  ['the service’s clock is a day behind', 0, -1],
] as const)(
  'where %s, what is genuine is verified and shown, from the service, a mirror and a file',
  { timeout: 120_000 },
  async ([, readerDays, serviceDays], { skip }) => {
    const readerClock = fakedClock(readerDays, skip)
    const service = await startNode(scratchFolder(clean), fakedClock(serviceDays, skip))
    clean(() => service.end('SIGKILL'))
    const { cursor } = await publish(service.url, english('Before'))
    await publish(service.url, { ...english('Signed'), level: 'flash' })
    const { signingKeys } = (await (await fetch(`${service.url}/v1/newsroom`)).json()) as {
      signingKeys: readonly { readonly publicKey: string }[]
    }
    const key = String(signingKeys[0]?.publicKey)
    const bundle = Buffer.from(await (await fetch(`${service.url}/v1/bundle/en`)).arrayBuffer())
    const offMs = Date.parse(JSON.parse(bundle.toString()).statement.at) - (Date.now() + serviceDays * dayMs)
    expect(Math.abs(offMs), 'the clock of the service is as it should be').toBeLessThan(60_000)
    const file = join(scratchFolder(clean), 'en.bundle.json')
    writeFileSync(file, bundle)
    const mirror = await deskServer(({ path }) =>
      path === '/copy/bundles/en.json' ? { status: 200, body: bundle.toString() } : { status: 404, body: 'Blocked' },
    )
    clean(() => mirror.close())

    const live = ['listen', '--lang', 'en', '--after', cursor, '--count', '1', '--verify', key]
    const fromService = await ran([...live, '--json'], { ...readerClock, TOCSIN_URL: service.url })
    expect(fromService, fromService.err).toMatchObject({ code: 0 })
    expect(JSON.parse(fromService.out)).toMatchObject({ seq: 2, alert: { headline: 'Signed' } })

    const viaMirror = await ran([...live, '--mirror', `${mirror.url}/copy`], { ...readerClock, TOCSIN_URL: mirror.url })
    expect(viaMirror, viaMirror.err).toMatchObject({ code: 0, out: expect.stringContaining('Signed') })

    const viaFile = await ran(['listen', '--via', file, '--lang', 'en', '--verify', key], readerClock)
    expect(viaFile, viaFile.err).toMatchObject({ code: 0, out: expect.stringContaining('Signed') })

    const verified = await ran(['verify', file, '--key', key, '--json'], readerClock)
    expect(JSON.parse(verified.out)).toMatchObject({ genuine: true, entries: 2, faults: [] })
    const said = await ran(['verify', file, '--key', key], readerClock)
    // A time to come is no age: it says that one of the clocks is wrong. Behind by a day alone it is not called old.
    const isToCome = serviceDays > readerDays
    expect(said.code).toBe(0)
    expect(said.out).toContain('Genuine')
    expect(said.out.includes('It is of a time to come: this clock is wrong, or that of its maker.')).toBe(isToCome)
    for (const { out, err } of [viaMirror, viaFile, said]) {
      expect(`${out}${err}`).not.toMatch(/could not be verified|It is old/)
      expect(`${out}${err}`).toMatch(isToCome ? /24 hours (ahead|from now|to come)/ : /24 hours ago/)
    }
  },
)
