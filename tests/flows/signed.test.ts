import { createPublicKey } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { databasePath } from '../../src/node/storage/data-folder.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import type { TrustedKeys } from '../../src/signing/verify/key-trust.ts'
import { openVerifier } from '../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../src/signing/verify/verify-bundle.ts'
import { SqliteLog } from '../../src/store/sqlite/sqlite-log.ts'
import { failedStart } from '../support/processes/failed-start.ts'
import { ask, english, publish, startNode } from '../support/processes/service.ts'
import { newAlert } from '../support/samples.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { verifyEntry, type WireEntry } from '../support/signing/verify-entry.ts'
import { hangUp, listenRaw } from '../support/streams/raw-listener.ts'

const clean = cleaning()
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

async function started(dataDir: string, env: Readonly<Record<string, string>> = {}) {
  const service = await startNode(dataDir, env)
  clean(() => service.end('SIGKILL'))
  return service
}

async function keyOf(url: string) {
  const { signingKeys } = (await (await ask(url, 'GET', '/v1/newsroom')).json()) as {
    signingKeys: readonly { readonly publicKey: string }[]
  }
  const x = signingKeys[0]?.publicKey ?? ''
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** Every entry in English, each proven by the service's public key, and each the one after that before it. */
async function expectChain(url: string, count: number): Promise<readonly string[]> {
  const key = await keyOf(url)
  const all = (await (await ask(url, 'GET', '/v1/alerts?languages=en')).json()) as { cursor: string }
  const first = `${all.cursor.split('.')[0]}.0`
  const page = await ask(url, 'GET', `/v1/alerts?languages=en&limit=500&after=${first}`)
  const { entries } = (await page.json()) as { entries: readonly WireEntry[] }
  expect(entries).toHaveLength(count)
  let prev = ''
  for (const entry of entries) {
    const found = verifyEntry(entry, key)
    expect(found.prev).toBe(prev)
    prev = found.hash
  }
  return entries.map(({ cursor }) => cursor)
}

test('what a service sends is proven by its public key, on a socket and in a read, and still when it was killed', async () => {
  const folder = join(scratchFolder(clean), 'data')
  const service = await started(folder)
  const listener = await listenRaw(service.url)
  await publish(service.url, english('First'))
  const frame = await listener.frame(({ type }) => type === 'alert')
  expect(frame).toMatchObject({ alert: { proofs: { en: { sig: expect.stringMatching(/^[\w-]{86}$/) } } } })
  await hangUp(listener)
  await expectChain(service.url, 1)
  await service.end('SIGKILL')
  const again = await started(folder)
  await publish(again.url, english('Second'))
  await expectChain(again.url, 2)
})

test('a database of the version before is signed before the service is ready', async () => {
  const folder = join(scratchFolder(clean), 'data')
  const service = await started(folder)
  await service.end('SIGTERM')
  const sql = openSqlite(databasePath(folder))
  const log = new SqliteLog(sql, 'unwanted')
  for (let number = 1; number <= 120; number += 1) await log.append(newAlert(id(number)), `k${number}`)
  sql.close()
  await expectChain((await started(folder)).url, 120)
})

test('a lost signing key is noticed: the service does not start with another until somebody says that it is lost', async () => {
  const folder = join(scratchFolder(clean), 'data')
  const service = await started(folder)
  const { seq } = await publish(service.url, english('First'))
  await service.end('SIGTERM')
  const path = join(folder, 'signing-key.json')
  rmSync(path)
  const { code, lines } = await failedStart({ DATA_DIR: folder })
  expect([code, lines.length, existsSync(path)]).toEqual([1, 1, false])
  const [, lost = ''] = /SIGNING_KEY_LOST=([\w-]{11})/.exec(lines.join()) ?? []
  expect(lines.join()).toContain(`The log was signed last with the key ${lost}`)
  const again = await started(folder, { SIGNING_KEY_LOST: lost })
  // Nobody can verify what the lost key has signed: the bundle begins after it.
  expect(await verifiedBundle(again.url)).toEqual([])
  expect((await publish(again.url, english('Second'))).seq).toBe(seq + 1)
  expect(await verifiedBundle(again.url)).toEqual(['Second'])
})

/** The headlines of a bundle, by the keys that the service tells now. */
async function verifiedBundle(url: string): Promise<readonly unknown[]> {
  const { signingKeys } = (await (await ask(url, 'GET', '/v1/newsroom')).json()) as { signingKeys: TrustedKeys }
  const bytes = new Uint8Array(await (await ask(url, 'GET', '/v1/bundle/en')).arrayBuffer())
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const { faults, entries } = await verifyBundle(verifier, bytes, signingKeys)
  expect(faults).toEqual([])
  return entries.map(({ alert }) => alert.headline)
}
