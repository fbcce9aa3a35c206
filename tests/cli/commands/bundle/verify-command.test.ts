import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundleReadBytesMax } from '../../../../src/signing/bundle-format.ts'
import { minisignKey } from '../../../../src/signing/minisign.ts'
import { tocsin } from '../../../support/processes/cli.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'
import { ringOf } from '../../../support/signing/signed-logs.ts'
import { alertIn, bundleOf, bundleText } from '../../../support/signing/test-bundles.ts'

const clean = cleaning()
const ring = ringOf(2)
const first = ring.keys[2]
const bundle = bundleOf(ring, [alertIn('en', 'One'), alertIn('en', 'Two \u001b[31m'), alertIn('en', 'Three')])

/** The path of a file with this content. */
function file(content: string | Uint8Array): string {
  const path = join(scratchFolder(clean), 'en.json')
  writeFileSync(path, content)
  return path
}
const fileOf = (changed: object) => file(bundleText({ ...bundle, ...changed }))

test('a genuine bundle is said to be one, with what was verified', async () => {
  const { code, out, err } = await tocsin(['verify', fileOf({}), '--key', first?.publicKey ?? ''])
  expect([code, err]).toEqual([0, ''])
  for (const said of ['Genuine', 'Radio Example', '3 genuine', 'seq 1 to 5', ring.keys[0].id, 'https://m.example/'])
    expect(out).toContain(said)
  expect(out).toContain(`They lead to ${first?.publicKey}`)
  const minisign = minisignKey({ keyId: first?.id ?? '', publicKey: first?.publicKey ?? '' })
  expect(await tocsin(['verify', fileOf({}), '--key', minisign])).toEqual({ code, err, out })
  const mistyped = `${minisign.slice(0, 40)}${minisign[40] === 'A' ? 'B' : 'A'}${minisign.slice(41)}`
  const refused = await tocsin(['verify', fileOf({}), '--key', mistyped])
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('perhaps by a typing mistake')])
  const byId = await tocsin(['verify', fileOf({}), '--key', first?.id ?? '', '--json'])
  expect(JSON.parse(byId.out)).toMatchObject({ genuine: true, faults: [], entries: 3, leadsToKey: true })
})

test('without a key that is known a bundle is consistent, not genuine: anybody can make one', async () => {
  const stranger = bundleOf(ringOf(0), [alertIn('en', 'Anything')])
  for (const path of [fileOf({}), file(bundleText(stranger))]) {
    const { code, out, err } = await tocsin(['verify', path])
    expect([code, err, out]).toEqual([
      0,
      '',
      expect.stringMatching(/^Consistent.*whose keys they are is not checked.*--key/),
    ])
    expect(out).not.toContain('Genuine')
    expect(JSON.parse((await tocsin(['verify', path, '--json'])).out)).toMatchObject({
      consistent: true,
      genuine: null,
    })
  }
  const bad = await tocsin(['verify', fileOf({ entries: [] }), '--json'])
  expect(JSON.parse(bad.out)).toMatchObject({ consistent: false, genuine: false })
})

test.each<[string, number, RegExp, 'old' | 'ahead' | null]>([
  ['of now', 0, /^Genuine.*, as of now\.$/m, null],
  ['of an hour ago', 60, /^Genuine.*, as of 60 minutes ago\.$/m, null],
  ['of a week ago', 7 * 24 * 60, /^Genuine.*, as of 7 days ago\. It is old: newer entries/m, 'old'],
  ['of tomorrow', -24 * 60, /^Genuine.*, as of 24 hours ahead of this clock\. It is of a time to come/m, 'ahead'],
])('the first line says how old it is: %s', async (_, minutes, said, age) => {
  const at = new Date(Date.now() - minutes * 60_000).toISOString()
  const made = bundleOf(ring, [alertIn('en', 'One')], 'en', { statementAt: at, headAt: at })
  const args = ['verify', file(bundleText(made)), '--key', ring.keys[0].publicKey]
  expect((await tocsin(args)).out).toMatch(said)
  expect(JSON.parse((await tocsin([...args, '--json'])).out)).toMatchObject({
    old: age === 'old',
    ahead: age === 'ahead',
    genuine: true,
  })
  const unkeyed = await tocsin(args.slice(0, 2))
  expect(unkeyed.out.includes('It is old')).toBe(minutes > 24 * 60)
})

test('of a bundle that has left out all its entries it says so, and not that nothing is held back', async () => {
  const path = file(bundleText(bundleOf(ring, [], 'en', { head: 9, leftOut: 3 })))
  const { code, out } = await tocsin(['verify', path, '--key', ring.keys[0].publicKey])
  expect([code, out]).toEqual([0, expect.stringMatching(/^entries +0 entries; 3 are left out/m)])
  expect(out).toMatch(/^Genuine/)
  expect(out).not.toContain('nothing is held back')
  const listened = await tocsin(['listen', '--via', path, '--verify', ring.keys[0].publicKey])
  expect([listened.code, listened.err]).toEqual([0, expect.stringContaining('The file has no entry: 3 are left out')])
  const some = file(bundleText(bundleOf(ring, [alertIn('en', 'One')], 'en', { leftOut: 1 })))
  expect((await tocsin(['verify', some])).out).toMatch(/^entries +1 genuine; one of the newest 2 is left out, /m)
  const many = file(bundleText(bundleOf(ring, [alertIn('en', 'One')], 'en', { leftOut: 6 })))
  expect((await tocsin(['verify', many])).out).toMatch(/^entries +1 genuine; 6 of the newest 7 are left out, /m)
})

test.each([
  ['a page', '<!doctype html><html lang="fa"><title>Radio Example</title></html>'],
  ['the list of mirrors', '{"urls":["https://mirror.example/"],"keys":[]}'],
  ['a signature', 'untrusted comment: signature\nRUQ'],
])('of another file of an export, %s, it says what checks that', async (_, text) => {
  const { code, err } = await tocsin(['verify', file(text)])
  expect([code, err]).toEqual([1, expect.stringMatching(/is no bundle of Tocsin.* minisign -V -P <key> -m <file>/)])
})

test('its help says that an address works too', async () => {
  expect((await tocsin(['verify', '--help'])).out.replaceAll(/\s+/g, ' ')).toMatch(
    /an address \(http or https\) is read.*npx tocsin verify https:/,
  )
})

test('a key to which it does not lead is refused, and one that is none is wrong usage', async () => {
  for (const key of [ringOf(0).keys[0].publicKey, ringOf(0).keys[0].id]) {
    const { code, err } = await tocsin(['verify', fileOf({}), '--key', key])
    expect([code, err]).toEqual([1, expect.stringContaining('do not lead to the key')])
  }
  expect((await tocsin(['verify', fileOf({}), '--key', 'abc'])).code).toBe(2)
})

const [one, two, three] = bundle.entries
const changed = { ...two, alert: { ...two?.alert, headline: 'Changed' } }
test.each<[string, () => string, string]>([
  ['a changed entry', () => fileOf({ entries: [one, changed, three] }), 'Entry 2 of the file (seq 3)'],
  ['an entry taken out', () => fileOf({ entries: [one, three] }), 'Entry 2 of the file (seq 5) does not follow'],
  ['the newest held back', () => fileOf({ entries: [one, two] }), 'somebody holds entries back'],
  ['a repeated entry', () => fileOf({ entries: [one, two, two, three] }), 'Entry 3 of the file (seq 3) is not newer'],
  ['another statement', () => fileOf({ statement: bundleOf(ringOf(0), []).statement }), 'What it says of itself'],
  ['another language', () => fileOf({ language: 'fa' }), 'is of another language'],
  ['another format', () => fileOf({ tocsin: 'bundle/2' }), 'another format'],
  ['a cut file', () => file(bundleText(bundle).slice(0, 900)), 'cut short'],
  ['an empty file', () => file(''), 'cut short'],
  ['a page', () => file('<!doctype html><title>Blocked</title>'), 'is no bundle of Tocsin'],
  ['another JSON', () => file('{"entries":[]}'), 'is no bundle of Tocsin'],
  ['a compressed file', () => file(Uint8Array.of(0x1f, 0x8b, 8, 0, 0xff)), 'not UTF-8'],
  ['a file that is too large', () => file(' '.repeat(bundleReadBytesMax + 1)), `more than ${bundleReadBytesMax} bytes`],
  ['deep nesting', () => file(`{"tocsin":"bundle/1","keys":${'['.repeat(60_000)}`), 'cut short'],
  ['no file', () => '/nowhere/en.json', 'cannot be read'],
])('%s is refused with words that say so', async (_, path, said) => {
  const { code, out, err } = await tocsin(['verify', path()])
  expect([code, err]).toEqual([1, expect.stringContaining(said)])
  expect(out).not.toMatch(/Genuine|Consistent/)
})

test('listen --via prints what is genuine, and says of the rest that it is not', async () => {
  const path = fileOf({ entries: [one, changed, three] })
  const { code, out, err } = await tocsin(['listen', '--via', path, '--json'])
  expect(code).toBe(1)
  expect(out.split('\n').map((line) => JSON.parse(line).alert.headline)).toEqual(['One', 'Three'])
  expect(err).toContain('Entry 2 of the file')
  const plain = await tocsin(['listen', '--via', fileOf({}), '--after', 'k3f9.1'])
  expect(plain.code).toBe(0)
  expect(plain.out).not.toContain('One')
  expect(plain.out).toMatch(/ALERT {2}urgent.*Two.*Three/s)
  expect(plain.out).not.toContain('\u001b')
  expect(plain.err).toContain('npx tocsin listen --after k3f9.5')
  expect((await tocsin(['listen', '--via', path, '--budget', '9000'])).code).toBe(2)
  expect((await tocsin(['listen', '--via', path, '--lang', 'fa'])).out).toBe('')
})

test('listen --via takes an address, whatever content type it answers with', async () => {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'image/png').end(bundleText(bundle)))
  clean(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/en`
  const { code, out } = await tocsin(['listen', '--via', address, '--verify', first?.id ?? '', '--count', '1'])
  expect([code, out]).toEqual([0, expect.stringContaining('One')])
  expect(out).not.toContain('Two')
})
