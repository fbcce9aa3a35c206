import { createHash } from 'node:crypto'
import { InvalidArgumentError } from 'commander'
import { fromBase64url } from '../../../domain/parsing/base64url.ts'
import { keyIdBytes } from '../../../signing/ed25519-signer.ts'
import { keyOfMinisign } from '../../../signing/minisign.ts'
import type { TrustedKeys } from '../../../signing/verify/key-trust.ts'
import { idOfKey, isPublicKey, openVerifier } from '../../../signing/verify/verifier.ts'
import { type BundleReport, verifyBundle } from '../../../signing/verify/verify-bundle.ts'
import { singleOption } from '../../command-line.ts'

/** The option that names the key to which a bundle's keys must lead. */
export const keyOption = () =>
  singleOption(
    '--key <key>',
    'the public key, or its id, that you know to be the newsroom’s: the bundle’s keys must lead to it',
    knownKey,
  )

/**
 * Parses a public key, in base64url or as minisign has it, or the id of one, as options take them. Throws an InvalidArgumentError for
 * what is none of them.
 */
export function knownKey(text: string): string {
  if (isKeyId(text) || isPublicKey(text)) return text
  const key = keyOfMinisign(text.trim(), sha256)
  if (key !== null) return key
  throw new InvalidArgumentError(
    'It is a public key (43 characters, or 56 in the form of minisign) or the id of one (11), as `npx tocsin signing-key show` prints them; this is none of them, perhaps by a typing mistake.',
  )
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** Whether what `knownKey` has taken is an id. */
export function isKeyId(key: string): boolean {
  return fromBase64url(key)?.length === keyIdBytes
}

/** Verifies the bytes of a bundle. `key`: as `knownKey` gives it; without one the bundle's own keys are taken. */
export async function checkedBundle(bytes: Uint8Array, key: string | undefined): Promise<BundleReport> {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  return verifyBundle(verifier, bytes, key === undefined ? null : await known(bytes, key))
}

async function known(bytes: Uint8Array, key: string): Promise<TrustedKeys> {
  if (!isKeyId(key)) return [{ id: (await idOfKey(key)) ?? '', publicKey: key }]
  // Of a key whose id alone is known the file itself gives the key: the id is a hash of it, and is computed again.
  return [{ id: key, publicKey: await offeredKey(bytes, key) }]
}

async function offeredKey(bytes: Uint8Array, id: string): Promise<string> {
  const text = new TextDecoder().decode(bytes)
  for (const [, publicKey = ''] of text.matchAll(/"publicKey":\s*"([\w-]{43})"/g))
    if ((await idOfKey(publicKey)) === id) return publicKey
  return ''
}
