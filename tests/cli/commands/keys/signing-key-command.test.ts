import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readConfig } from '../../../../src/node/config.ts'
import { loadRing } from '../../../../src/node/signing/signing-key-file.ts'
import { openSharedSigning, openSigning } from '../../../../src/node/signing/signing-settings.ts'
import { minisignKey } from '../../../../src/signing/minisign.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const main = fileURLToPath(new URL('../../../../src/cli/main.ts', import.meta.url))
const clean = cleaning()

/** Runs the command as a shell does. */
function signingKey(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'signing-key', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })
  return { code: status, out: stdout, err: stderr }
}

test('a rotation in a data folder is signed by the former key, and shown', () => {
  const folder = scratchFolder(clean)
  const [first] = loadRing(folder, Date.now()).keys
  expect(signingKey(['rotate', '--data', folder])).toEqual({
    code: 0,
    // Nothing was published here yet.
    err: expect.stringMatching(/^Warning: there is no log in /),
    out: expect.stringMatching(new RegExp(`^The new key is [\\w-]{11}, signed by ${first.id}\\. It is used after`)),
  })
  const { keys } = openSigning(readConfig({ DATA_DIR: folder }), Date.now())
  expect(keys).toHaveLength(2)
  expect(keys[0].signedBy).toBe(first.id)
  expect(statSync(join(folder, 'signing-key.json')).mode & 0o777).toBe(0o600)
  expect(JSON.parse(signingKey(['show', '--json'], { DATA_DIR: folder }).out)).toEqual(keys)
  const lines = signingKey(['show', '--data', folder]).out.trim().split('\n')
  expect(lines.slice(0, -1).map((line) => line.split('  ')[1])).toEqual(keys.map(({ publicKey }) => publicKey))
  expect(lines.at(-1)).toBe(`for minisign -P: ${minisignKey({ keyId: keys[0].id, publicKey: keys[0].publicKey })}`)
})

test('a rotation of a key in the settings prints the two new settings and stores nothing', () => {
  const SIGNING_KEY = signingKey(['make']).out.trim()
  const DATA_DIR = '/nope'
  const rotated = signingKey(['rotate'], { SIGNING_KEY, DATA_DIR })
  expect(rotated.code).toBe(0)
  const settings = Object.fromEntries(
    rotated.out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  )
  const again = signingKey(['rotate'], { ...settings, DATA_DIR })
  const twice = Object.fromEntries(
    again.out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  )
  const { keys } = openSharedSigning(readConfig({ ...twice, DATA_DIR }), new Uint8Array(32))
  expect(keys.map(({ sig }) => sig !== undefined)).toEqual([true, true, false])
  expect(keys[2]?.id).toBe(openSharedSigning(readConfig({ SIGNING_KEY, DATA_DIR }), new Uint8Array(32)).keys[0].id)
  expect(rotated.err + again.err).not.toContain(settings.SIGNING_KEY)
})

test('where there is no key the command says what to do, and makes none', () => {
  const folder = scratchFolder(clean)
  for (const act of ['show', 'rotate'])
    expect(signingKey([act, '--data', folder])).toEqual({
      ...{ code: 1, out: '' },
      err: expect.stringMatching(/^There is no signing-key\.json in .*first start.*\n$/),
    })
  expect(signingKey(['show'], { SIGNING_KEY: 'x' })).toMatchObject({ code: 2, out: '' })
})
