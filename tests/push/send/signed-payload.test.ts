import { verify } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { signEntry, signedThrough } from '../../../src/log/sign-entry.ts'
import { pushPayloadSchema } from '../../../src/protocol/push-payload.ts'
import { payloadBytes, payloadOf } from '../../../src/push/send/payload.ts'
import { successionOf } from '../../../src/signing/key-ring.ts'
import { runs } from '../../support/effort.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'
import { newsroom } from '../../support/samples.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'
import { testSigner } from '../../support/signing/test-signer.ts'
import { canonicalJson } from '../../support/signing/verify-entry.ts'

const { signer, publicKey } = testSigner()
const parts = { newsroom, publicUrl: 'https://alerts.example', epoch: 'k3f9', signer }
const succession = successionOf(ringOf(1).keys)
const nothing = signedThrough(undefined, { epoch: 'k3f9', floor: 1, head: 0 })
const atMs = Date.parse('2026-03-01T12:00:00.000Z')

/** Checks a payload as a device does. Throws an Error for what is not genuine. */
function verified(payload: Uint8Array): string {
  const { notification } = pushPayloadSchema.parse(JSON.parse(new TextDecoder().decode(payload)))
  if (!('proof' in notification.data) || notification.data.proof === undefined) throw new Error('there is no proof')
  const { proof, ...data } = notification.data
  if (!('cursor' in data)) throw new Error('it is of no entry')
  const [epoch = '', seq] = data.cursor.split('.')
  const shown = { ...notification, data }
  const form = { epoch, seq: Number(seq), kind: data.kind, at: data.at, notification: shown, prev: proof.prev }
  const bytes = Buffer.from(canonicalJson(JSON.parse(JSON.stringify(form))))
  if (!verify(null, bytes, publicKey, Buffer.from(proof.sig, 'base64url'))) throw new Error('it is not genuine')
  expect(proof.key).toBe(signer.keyId)
  return proof.prev
}

const successionIn = (payload: Uint8Array): unknown =>
  JSON.parse(new TextDecoder().decode(payload)).notification.data.proof.succession

const someText = fc.record({
  headline: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  summary: fc.string({ unit: 'grapheme', maxLength: 1_000 }),
})

test('whatever the text and however it is cut, a payload has its size and a proof of what is shown', () => {
  const property = fc.property(
    someText,
    someText,
    fc.constantFrom('en', 'fa', '*'),
    fc.boolean(),
    fc.boolean(),
    (en, fa, tag, discreet, hasSuccession) => {
      const entry = makeEntry(1, makeAlert(atMs, { texts: { en, fa } }), 'alert')
      const { proofs } = signEntry(entry, nothing, { signer, newsroom })
      const payload = payloadOf({ ...entry, proofs }, tag, discreet, hasSuccession ? { ...parts, succession } : parts)
      expect(successionIn(payload)).toEqual(hasSuccession ? succession : undefined)
      expect(payload).toHaveLength(payloadBytes)
      expect(verified(payload)).toBe('')
    },
  )
  fc.assert(property, { numRuns: runs(100) })
})

test('where a long address leaves no room for the text, the statement about the key is left out', () => {
  const publicUrl = `https://${'a.'.repeat(500)}example`
  const entry = makeEntry(1, makeAlert(atMs), 'alert')
  const payload = payloadOf(entry, 'en', false, { ...parts, publicUrl, succession })
  verified(payload)
  expect(successionIn(payload)).toBeUndefined()
})

test('a push names the entry before it, as the entry itself does', () => {
  const entry = makeEntry(1, makeAlert(atMs), 'alert')
  const first = signEntry(entry, nothing, { signer, newsroom })
  const next = { ...entry, seq: 2 }
  const { proofs } = signEntry(next, first.signed, { signer, newsroom })
  expect(proofs.en?.prev).toHaveLength(43)
  expect(verified(payloadOf({ ...next, proofs }, 'en', false, parts))).toBe(proofs.en?.prev)
})

test('a payload that was changed on the way is not genuine', () => {
  const payload = payloadOf(makeEntry(1, makeAlert(atMs), 'alert'), 'en', false, parts)
  verified(payload)
  const text = new TextDecoder().decode(payload)
  for (const [from, to] of [
    ['k3f9.1', 'k3f9.2'],
    ['"title":"', '"title":"No '],
    ['"silent":false', '"silent":true'],
  ] as const) {
    expect(text).toContain(from)
    expect(() => verified(new TextEncoder().encode(text.replace(from, to)))).toThrow('not genuine')
  }
})
