import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tocsin } from '../../../support/processes/cli.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'
import { ringOf } from '../../../support/signing/signed-logs.ts'
import { alertIn, bundleOf, bundleText } from '../../../support/signing/test-bundles.ts'

const clean = cleaning()
const newsroom = ringOf(1)
const [present] = newsroom.keys
const attacker = ringOf(0)
const alerts = ['One', 'Two', 'Three', 'Four'].map((headline) => alertIn('en', headline))
const genuine = bundleOf(newsroom, alerts)

function fileOf(bundle: object): string {
  const path = join(scratchFolder(clean), 'en.json')
  writeFileSync(path, bundleText(bundle))
  return path
}
const via = (bundle: object, ...args: readonly string[]) => tocsin(['listen', '--via', fileOf(bundle), ...args])

test.each([present.publicKey, present.id, newsroom.keys[1]?.publicKey ?? ''])(
  'with --verify %s only a bundle whose keys lead to it is printed',
  async (key) => {
    const good = await via(genuine, '--verify', key)
    expect([good.code, good.out]).toEqual([0, expect.stringMatching(/One.*Four/s)])
    expect(good.err).not.toContain('Nobody has checked')
    const forged = await via(bundleOf(attacker, alerts), '--verify', key)
    expect([forged.code, forged.out, forged.err]).toEqual([1, '', expect.stringContaining('do not lead to the key')])
  },
)

test('without a key it says that nobody has checked whose keys they are', async () => {
  const { code, err } = await via(bundleOf(attacker, alerts))
  expect([code, err]).toEqual([0, expect.stringContaining('Nobody has checked whose keys these are')])
  expect(err).toContain('--verify <key>')
})

test.each<[readonly string[], string]>([
  [['--verify'], '--verify needs a key with --via'],
  [['--key', present.publicKey], "unknown option '--key'"],
  [[`--verify=${present.publicKey.slice(1)}`], 'It is a public key (43 characters'],
  [['--after', 'k3f9;x'], 'It is a cursor such as k3f9.912'],
  [['--after', 'k3f9.01'], 'It is a cursor such as k3f9.912'],
])('listen --via %j is wrong usage', async (args, words) => {
  const { code, out, err } = await via(genuine, ...args)
  expect([code, out, err]).toEqual([2, '', expect.stringContaining(words)])
})

test.each(['verify', 'listen'])('a key with leftover bits, which is no key, is wrong usage of %s', async (command) => {
  // 43 characters hold two bits more than 32 bytes, and 11 two more than eight.
  for (const key of [present.publicKey, present.id]) {
    const last = key.at(-1) ?? ''
    const other = String.fromCharCode(last.charCodeAt(0) + 1)
    const typed = `${key.slice(0, -1)}${other}`
    const path = fileOf(genuine)
    const args =
      command === 'verify' ? ['verify', path, `--key=${typed}`] : ['listen', '--via', path, `--verify=${typed}`]
    const { code, err } = await tocsin(args)
    expect([code, err]).toEqual([2, expect.stringContaining('It is a public key (43 characters')])
  }
})

const [one, two, three, four] = genuine.entries
const changed = { ...two, alert: { ...two?.alert, headline: 'Changed' } }
const unknown = /^(?!.*--after)/s
test.each<[string, readonly unknown[], readonly string[], RegExp]>([
  ['nothing is wrong', genuine.entries, [], /listen --after k3f9\.7$/],
  ['the second is forged', [one, changed, three, four], [], /listen --after k3f9\.1$/],
  ['the third is missing', [one, two, four], [], /listen --after k3f9\.3$/],
  ['the newest is held back', [one, two, three], [], /listen --after k3f9\.5$/],
  ['the first is forged', [{ ...one, at: 'now' }, two, three, four], [], unknown],
  ['the first are missing', [two, three, four], [], unknown],
  ['only one is printed of more', [one, two, four], ['--count', '1'], /listen --after k3f9\.1$/],
  ['the reader has more than what is before the fault', [one, changed, three, four], ['--after', 'k3f9.5'], /k3f9\.5$/],
  ['the first is forged, and the reader has a cursor', [changed, three, four], ['--after', 'k3f9.1'], /k3f9\.1$/],
  ['nothing is wanted of it', genuine.entries, ['--after', 'k3f9.7'], /listen --after k3f9\.7$/],
])('it tells to go on before the first fault, and not past it: %s', async (_, entries, args, end) => {
  expect((await via({ ...genuine, entries }, ...args)).err).toMatch(end)
})

test('between a cursor and the first entry some may be missing, which it says', async () => {
  const later = { ...genuine, entries: [three, four] }
  expect((await via(later, '--after', 'k3f9.1')).err).toContain('Entries may be missing between k3f9.1 and the first')
})

test('an old bundle is said to be old, and a fresh one is not', async () => {
  const old = bundleOf(newsroom, alerts, 'en', {
    statementAt: '2026-01-01T00:00:00.000Z',
    headAt: '2026-01-01T00:00:00.000Z',
  })
  expect((await via(old)).err).toContain('It is old')
  const now = new Date().toISOString()
  expect((await via(bundleOf(newsroom, alerts, 'en', { statementAt: now, headAt: now }))).err).not.toMatch(/old|clock/)
})

test('a key may begin with a hyphen; an option in its place is none', async () => {
  const key = `-${present.publicKey.slice(1)}`
  const path = fileOf(genuine)
  for (const args of [
    ['verify', path, '--key', key],
    ['verify', path, '--key', key.slice(0, 10) + present.id.slice(-1)],
    ['listen', '--via', path, '--verify', key],
  ]) {
    const { code, err } = await tocsin(args)
    expect([args, code, err]).toEqual([args, 1, expect.stringContaining('do not lead to the key')])
  }
  const { code, err } = await tocsin(['listen', '--via', path, '--verify', '--transport', 'socket'])
  expect([code, err]).toEqual([2, expect.stringContaining('--transport is not for --via')])
})

test('of a file that lacks the languages asked for it says so, with exit code 1; the others go on with what was asked', async () => {
  const lacking = await via(genuine, '--lang', 'fa,ru', '--verify', present.publicKey)
  expect([lacking.code, lacking.out]).toEqual([1, ''])
  expect(lacking.err).toContain('The file has only alerts in en, none in fa, ru.')
  const { code, err } = await via(genuine, '--lang', 'fa,en', '--verify', present.publicKey)
  expect([code, err]).toEqual([0, expect.stringContaining(` --lang fa,en --verify ${present.publicKey}`)])
  const byId = await via(genuine, '--lang', 'fa,en', '--verify', present.id)
  expect(byId.err).toContain(` --lang fa,en --verify ${present.publicKey}`)
  expect(err).not.toContain('has only alerts')
})

test.each([
  ['EN', 'en'],
  ['fa, eN', 'en'],
  ['sr-latn', 'sr-Latn'],
  ['SR-LATN,fa', 'sr-Latn'],
])('--lang %s finds what is in %s, as it does at the service', async (lang, language) => {
  const bundle = bundleOf(newsroom, [alertIn(language, 'One')], language)
  const { code, out, err } = await via(bundle, '--lang', lang, '--verify', present.publicKey)
  expect([code, out]).toEqual([0, expect.stringContaining('One')])
  expect(err).not.toContain('has only alerts')
})

test('a download that breaks off is gone on with, by listen --via and by verify', async () => {
  const text = bundleText(genuine)
  const parts: (string | undefined)[] = []
  const server = createServer(({ headers: { range }, socket }, answer) => {
    parts.push(range)
    const from = Number(/\d+/.exec(range ?? '0')?.[0])
    const size = Buffer.byteLength(text)
    const headers = { 'content-range': `bytes ${from}-${size - 1}/${size}`, 'content-length': size - from }
    answer.writeHead(from === 0 ? 200 : 206, headers)
    const cut = () => (size - from > 1_000 ? socket.destroy() : answer.end())
    answer.write(Buffer.from(text).subarray(from, from + 1_000), () => setTimeout(cut, 20))
  })
  clean(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/en`
  const key = present.id
  expect((await tocsin(['listen', '--via', address, '--verify', key])).out).toMatch(/One.*Two.*Three/s)
  expect((await tocsin(['verify', address, '--key', key])).out).toContain('Genuine')
  expect(parts.slice(0, 3)).toEqual([undefined, 'bytes=1000-', 'bytes=2000-'])
})
