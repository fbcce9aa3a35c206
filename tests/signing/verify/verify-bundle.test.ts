import { expect, test } from 'vitest'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { cursorPattern } from '../../../src/protocol/cursor.ts'
import { type SigningKey, signingOf } from '../../../src/signing/key-ring.ts'
import { signedHead } from '../../../src/signing/statements.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../../src/signing/verify/verify-bundle.ts'
import { verifyHead } from '../../../src/signing/verify/verify-statements.ts'
import { runs } from '../../support/effort.ts'
import { mutateBundles } from '../../support/signing/mutated-bundles.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'
import { alertIn, bundleOf, bundleText, type Signed } from '../../support/signing/test-bundles.ts'

const verifier = await openVerifier()
const ring = ringOf(0)

const faultsOf = (alerts: readonly object[]) => verdictOf(bundleOf(ring, alerts))

async function verdictOf(bundle: object) {
  if (verifier === null) throw new Error('Node has Web Crypto')
  const bytes = new TextEncoder().encode(bundleText(bundle))
  const { faults, entries, unbroken } = await verifyBundle(verifier, bytes, null)
  return { kinds: faults.map(({ kind }) => kind), shown: entries.map(({ alert }) => alert.headline), unbroken }
}

test('mutated bundles are not taken as genuine, and genuine ones are', async () => {
  if (verifier === null) throw new Error('Node has Web Crypto')
  const { wrong, forged } = await mutateBundles(verifier, runs(100))
  expect(wrong).toEqual([])
  expect(forged).toBeGreaterThan(runs(40))
})

test('a signed test, a signed entry of another language, and one that cannot be shown are never shown', async () => {
  const [good] = [alertIn('en', 'Good')]
  const held = { kinds: ['held-back'], shown: ['Good'] }
  const cases: readonly (readonly [string, object])[] = [
    ['not-public', alertIn('en', 'A test', { audience: 'test' })],
    ['other-language', alertIn('fa', 'Other')],
    ['malformed', alertIn('en', 'No level', { level: 'panic' })],
    ['malformed', { ...alertIn('en', ''), headline: { toString: 'x' } }],
    ['malformed', alertIn('en', 'No topics', { topics: 'all' })],
    ['malformed', alertIn('en', 'No id', { id: '\u001b[2J' })],
    ['malformed', alertIn('en', 'No id', { id: { toString: 1 } })],
    ['malformed', alertIn('en', 'No id', { id: '01932f6e-0000-7000-8000-000000000001\n' })],
  ]
  for (const [kind, alert] of cases) {
    const { kinds, shown } = await faultsOf([good, alert])
    expect([kinds, shown]).toEqual([[kind, ...held.kinds], held.shown])
  }
})

/** What `Date.parse` takes for a time, and a terminal for an order. */
const strangeTimes = ['2026-11-28 15:00 (\u001b[2J)', '2026-02-30T12:00:00.000Z', '2026-11-28', 'Nov 28, 2026']
const signedTimes: readonly (readonly [readonly (keyof Signed)[], readonly string[]])[] = [
  [['entryAt'], ['forged', 'held-back']],
  [
    ['statementAt', 'headAt'],
    ['statement-forged', 'head-forged'],
  ],
  [['mirrorsAt'], ['mirrors-forged']],
]
test.each(signedTimes)('what is no time is refused, though it is signed: %j', async (fields, wanted) => {
  for (const at of strangeTimes) {
    const signed = Object.fromEntries(fields.map((field) => [field, at]))
    const { kinds } = await verdictOf(bundleOf(ring, [alertIn('en', 'Good')], 'en', signed))
    expect([at, kinds]).toEqual([at, wanted])
  }
})

test('keys that are since no time are refused', async () => {
  for (const since of strangeTimes) {
    const keys = ring.keys.map((key) => ({ ...key, since }))
    expect((await verdictOf({ ...bundleOf(ring, [alertIn('en', 'Good')]), keys })).kinds).toEqual(['keys-forged'])
  }
})

test.each(['k3f9; reboot #', 'k3f9\u001b[2J', 'K3F9', '', 'k'.repeat(33), 'a.b', 'k3f9\n'])(
  'an epoch that no cursor has is refused, though it is signed: %j',
  async (epoch) => {
    expect(cursorPattern.test(`${epoch}.1`)).toBe(false)
    const { kinds, shown } = await verdictOf(bundleOf(ring, [alertIn('en', 'Good')], 'en', { epoch }))
    expect([kinds, shown]).toEqual([['not-a-bundle'], []])
    const about = { head: 1, at: '2026-11-28T12:00:00.000Z' }
    const { signer } = signingOf(nodeSigner, ring)
    if (verifier === null) throw new Error('Node has Web Crypto')
    expect(await verifyHead(verifier, ring.keys, signedHead(signer, { ...about, epoch }))).toBeNull()
    expect(await verifyHead(verifier, ring.keys, signedHead(signer, { ...about, epoch: 'k3f9' }))).not.toBeNull()
  },
)

test('a language that is no tag is refused, though it is signed', async () => {
  for (const language of ['en\u001b[2J', '', 'e', 'en_US'])
    expect((await verdictOf(bundleOf(ring, [], language))).kinds).toEqual(['not-a-bundle'])
})

test('a bundle is unbroken up to the entry before the first fault', async () => {
  const bundle = bundleOf(
    ring,
    ['One', 'Two', 'Three', 'Four'].map((it) => alertIn('en', it)),
  )
  const [one, two, three, four] = bundle.entries
  const changed = { ...two, alert: { ...two?.alert, headline: 'Changed' } }
  const cases: readonly (readonly [readonly unknown[], string | null])[] = [
    [bundle.entries, 'k3f9.7'],
    [[one, changed, three, four], 'k3f9.1'],
    [[one, two, four], 'k3f9.3'],
    [[one, two, three], 'k3f9.5'],
    [[changed, two, three, four], null],
    [[two, three, four], null],
    [[one, two, two, three, four], 'k3f9.3'],
    [[], null],
  ]
  for (const [entries, unbroken] of cases)
    expect([entries.length, (await verdictOf({ ...bundle, entries })).unbroken]).toEqual([entries.length, unbroken])
})

test.each<[string, (text: string) => string, readonly string[]]>([
  ['as it is', (text) => text, []],
  ['with a line break after it', (text) => `${text}\n`, []],
  ['with other bytes after it', (text) => `${text}{}`, ['cut']],
  ['with a name twice', (text) => text.replace('{', '{"entries":[{"alert":{"headline":"FAKE"}}],'), ['altered']],
  ['with a field more', (text) => text.replace('"epoch"', '"editorNote":"FAKE","epoch"'), ['altered']],
  ['with a field more in an entry', (text) => text.replace('"cursor"', '"body":"FAKE","cursor"'), ['altered']],
  ['with another cursor', (text) => text.replace('"cursor":"k3f9.1"', '"cursor":"k3f9.9"'), ['altered']],
  ['with a field more in a key', (text) => text.replace('"publicKey"', '"name":"FAKE","publicKey"'), ['altered']],
  [
    'with a field more in a proof',
    (text) => text.replace('"proof":{', '"proof":{"headline":"FAKE",'),
    ['forged', 'held-back'],
  ],
  ['with spaces', (text) => JSON.stringify(JSON.parse(text), null, 1), ['altered']],
])('a bundle %s is what the newsroom made, or is not', async (_, change, wanted) => {
  if (verifier === null) throw new Error('Node has Web Crypto')
  const bytes = new TextEncoder().encode(change(bundleText(bundleOf(ring, [alertIn('en', 'Good')]))))
  const { faults } = await verifyBundle(verifier, bytes, ring.keys)
  expect(faults.map(({ kind }) => kind)).toEqual(wanted)
})

const stranger = ringOf(0).keys[0]
const said = 'THIS WAS SIGNED BY NOBODY'
test.each<[string, (keys: readonly SigningKey[]) => readonly object[]]>([
  ['a key of somebody else as a former one', (keys) => [...keys, stranger]],
  ['a key between that no other follows', ([one, ...others]) => [{ ...one }, stranger, ...others]],
  ['a text as the signature of the first key', (keys) => keys.map((it, nth) => (nth < 2 ? it : { ...it, sig: said }))],
  ['a text as who signed the first key', (keys) => keys.map((it, nth) => (nth < 2 ? it : { ...it, signedBy: said }))],
  [
    'all three at the first key, signed by others',
    ([two, one, first]) => [
      { ...two },
      { ...one },
      { ...first, signedBy: one?.signedBy, sig: one?.sig, crossSig: one?.crossSig },
    ],
  ],
  ['a text as the signature of a key that was left out', ([two, one]) => [{ ...two }, { ...one, sig: said }]],
])('a bundle in whose keys stands %s is not all what the newsroom made', async (_, change) => {
  const rotated = ringOf(2)
  const bundle = bundleOf(rotated, [alertIn('en', 'Good')])
  const kindsWith = async (keys: readonly object[]) => (await verdictOf({ ...bundle, keys })).kinds
  expect(await kindsWith(rotated.keys)).toEqual([])
  // As it is once the first key is forgotten.
  expect(await kindsWith(rotated.keys.slice(0, 2))).toEqual([])
  expect(await kindsWith(change(rotated.keys))).toSatisfy((kinds: readonly string[]) =>
    kinds.some((kind) => kind === 'altered' || kind === 'keys-forged'),
  )
})
