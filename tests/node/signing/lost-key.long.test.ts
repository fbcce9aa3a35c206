import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tocsin } from '../../support/processes/cli.ts'
import { english, publish, revise, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// docs/operating.md, “A lost key”: how what the lost key has signed becomes verifiable again.

const clean = cleaning()

type Told = { readonly signingKeys: readonly { readonly id: string; readonly publicKey: string }[] }
type Signed = { readonly entries: readonly { readonly alert: { readonly proof: { readonly key: string } } }[] }

/** A service with its key, and the ids of the keys that have signed what it gives. */
async function start(dataDir: string, env: Readonly<Record<string, string>> = {}) {
  const service = await startNode(dataDir, env)
  clean(() => service.end('SIGKILL'))
  const read = async <Answer>(path: string) => (await (await fetch(`${service.url}${path}`)).json()) as Answer
  const [key] = (await read<Told>('/v1/newsroom')).signingKeys
  if (key === undefined) throw new Error('it has no key')
  const signers = async (path: string) => (await read<Signed>(path)).entries.map(({ alert }) => alert.proof.key)
  return { ...service, key, listed: () => signers('/v1/alerts?languages=en'), bundled: () => signers('/v1/bundle/en') }
}

/** Puts a data folder into order after the start with SIGNING_KEY_LOST, and gives the one to start on. */
type Remedy = (dataDir: string, stop: () => Promise<unknown>) => Promise<string>

const inPlace: Remedy = async (dataDir, stop) => {
  await stop()
  expect((await tocsin(['restore', '--in-place', '--data', dataDir])).code).toBe(0)
  return dataDir
}

const fromBackup: Remedy = async (dataDir, stop) => {
  const folder = scratchFolder(clean)
  const [backup, to] = [join(folder, 'backup'), join(folder, 'data')]
  expect((await tocsin(['backup', backup, '--data', dataDir])).code).toBe(0)
  await stop()
  expect((await tocsin(['restore', backup, '--data', to])).code).toBe(0)
  return to
}

test.each([
  ['in place, with nothing published since', inPlace, false],
  ['from a backup, with news since', fromBackup, true],
])(
  'after a lost key, a new epoch signs all with the new one, and the bundle has it again: %s',
  async (_, remedy, isPublishing) => {
    const dataDir = join(scratchFolder(clean), 'data')
    const former = await start(dataDir)
    const first = await publish(former.url, english('First'))
    await publish(former.url, english('Second'))
    const texts = { en: { headline: 'First, corrected', summary: '' } }
    await revise(former.url, first.alert.id, 'correction', { texts, note: { en: 'It was wrong.' } })
    await former.end('SIGTERM')
    rmSync(join(dataDir, 'signing-key.json'))
    const env = { SIGNING_KEY_LOST: former.key.id }
    const lost = await start(dataDir, env)
    if (isPublishing) await publish(lost.url, english('Third'))
    const since = isPublishing ? [lost.key.id] : []
    // Without the remedy the list keeps the lost key’s signatures, and the bundle begins after them.
    expect((await lost.listed()).sort()).toEqual([former.key.id, former.key.id, ...since].sort())
    expect(await lost.bundled()).toEqual(since)

    const anew = await start(await remedy(dataDir, () => lost.end('SIGTERM')), env)
    expect(anew.key.id).toBe(lost.key.id)
    expect(await anew.listed()).toEqual([lost.key.id, lost.key.id, ...since])
    expect(await anew.bundled()).toEqual([lost.key.id, lost.key.id, lost.key.id, ...since])
    const { code, out } = await tocsin(['verify', `${anew.url}/v1/bundle/en`, '--key', lost.key.publicKey])
    expect([code, out]).toEqual([0, expect.stringContaining('nothing is held back')])
  },
  30_000,
)
