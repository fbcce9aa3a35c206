import { fromBase64url, toBase64url, utf8 } from '../domain/parsing/base64url.ts'
import { type KeyedSigner, keyIdBytes, keyIdOf } from './ed25519-signer.ts'

// Public keys and signatures of files as minisign takes them (https://jedisct1.github.io/minisign/).

/** BLAKE2b with 64 bytes (RFC 7693). */
export type Blake2b = (bytes: Uint8Array) => Uint8Array

/** Whether a public key (32 bytes) has signed these bytes. */
export type IsSigned = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean

/** What a signature says of a file besides its bytes; all of it is signed. */
export type FileStatement = {
  /** The file's path from the folder of the export. */
  readonly path: string
  /** The newsroom's name. */
  readonly newsroom: string
  /** As of when, in milliseconds since 1970; minisign has seconds. */
  readonly atMs: number
}

type PublicKey = Pick<KeyedSigner, 'keyId' | 'publicKey'>

/**
 * What minisign calls prehashed: not the file is signed but its hash. Only so: a file may have the form of something else that
 * this key signs, such as a list of mirrors, and a hash cannot.
 */
const prehashed = 'ED'
const ofKeys = 'Ed'
/** `Ed`, the key's id, and the key. */
const minisignKeyBytes = 42
const trustedStart = 'trusted comment: '

/** A public key as minisign writes it on one line, and takes it with `-P`. */
export function minisignKey({ keyId, publicKey }: PublicKey): string {
  return base64(joined(utf8(ofKeys), bytesOf(keyId), bytesOf(publicKey)))
}

/**
 * The public key in base64url of one that minisign writes on one line; null for any other text, and for a key whose id is not the one beside
 * it: a typing mistake is noticed by nothing else. `sha256`: the hash of bytes.
 */
export function keyOfMinisign(line: string, sha256: (bytes: Uint8Array) => Uint8Array): string | null {
  const bytes = fromBase64(line)
  const start = utf8(ofKeys)
  if (bytes?.length !== minisignKeyBytes || !start.every((byte, at) => bytes[at] === byte)) return null
  const key = bytes.subarray(start.length + keyIdBytes)
  return toBase64url(bytes.subarray(start.length, start.length + keyIdBytes)) === keyIdOf(sha256(key))
    ? toBase64url(key)
    : null
}

/** The public key as a file of minisign. */
export function minisignKeyFile(key: PublicKey): string {
  return `untrusted comment: the newsroom's signing key ${key.keyId}\n${minisignKey(key)}\n`
}

/** The signature of a file, as minisign has it in a file beside that one. */
export function minisignSignature(signer: KeyedSigner, bytes: Uint8Array, about: FileStatement, hash: Blake2b): string {
  const signature = signer.sign(hash(bytes))
  const comment = commentOf(about)
  const whole = signer.sign(joined(signature, utf8(comment)))
  const named = base64(joined(utf8(prehashed), bytesOf(signer.keyId), signature))
  return `untrusted comment: by the signing key ${signer.keyId}\n${named}\n${trustedStart}${comment}\n${base64(whole)}\n`
}

/** Whether a text is a signature by this key of these bytes under this path and newsroom, of whatever time. */
export function isSignatureOf(
  text: string,
  key: PublicKey,
  bytes: Uint8Array,
  about: Omit<FileStatement, 'atMs'>,
  { hash, isSigned }: { readonly hash: Blake2b; readonly isSigned: IsSigned },
): boolean {
  const [, named, trusted, whole, end, more] = text.split('\n')
  const comment = trusted?.slice(trustedStart.length) ?? ''
  const [, seconds = '', isOurs] = /^timestamp:(\d{1,12})\t(.*)$/.exec(comment) ?? []
  if (isOurs === undefined || end !== '' || more !== undefined) return false
  if (trusted !== trustedStart + commentOf({ ...about, atMs: Number(seconds) * 1_000 })) return false
  const start = joined(utf8(prehashed), bytesOf(key.keyId))
  const given = fromBase64(named ?? '')
  if (given?.length !== start.length + signatureBytes || !start.every((byte, at) => given[at] === byte)) return false
  const signature = given.subarray(start.length)
  const publicKey = bytesOf(key.publicKey)
  const global = fromBase64(whole ?? '')
  return (
    global?.length === signatureBytes &&
    isSigned(publicKey, hash(bytes), signature) &&
    isSigned(publicKey, joined(signature, utf8(comment)), global)
  )
}

const signatureBytes = 64

/** As minisign's own comments begin, on one line: the path names the language too. */
function commentOf({ path, newsroom, atMs }: FileStatement): string {
  return `timestamp:${Math.floor(atMs / 1_000)}\tfile:${path}\tnewsroom:${newsroom.replace(/\p{Cc}/gu, ' ')}`
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text)
  if (bytes === null) throw new Error('a key is no base64url')
  return bytes
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** With padding (RFC 4648 §4). */
function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function fromBase64(text: string): Uint8Array | null {
  return fromBase64url(
    text
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/={0,2}$/, ''),
  )
}
