import { createHash, type KeyObject, verify } from 'node:crypto'

// A verifier that shares nothing with the service: it knows what docs/protocol.md says of an entry on the wire.

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type Fields = { readonly [name: string]: Json }

/** An entry as a stream, a plain read or a feed brings it. */
export type WireEntry = {
  readonly seq: number
  readonly cursor: string
  readonly kind: string
  readonly at: string
  readonly alert: object
}

/** What a proof says: where the entry is in its chain. */
export type Verified = { readonly language: string; readonly prev: string; readonly hash: string }

/** JSON as RFC 8785 writes it, for the strings and whole numbers that are signed. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}

/** Throws an Error where the entry in one language has no proof, or its proof is none. */
export function verifyEntry(entry: WireEntry, publicKey: KeyObject): Verified {
  const { cursor, seq, kind, at, alert } = JSON.parse(JSON.stringify(entry)) as WireEntry & { alert: Fields }
  const { proof, ...signed } = alert
  if (proof === undefined) throw new Error(`entry ${seq} has no proof`)
  const { prev, sig } = proof as { prev: string; sig: string }
  const form = { epoch: cursor.slice(0, cursor.indexOf('.')), seq, kind, at, alert: signed, prev }
  const bytes = Buffer.from(canonicalJson(form))
  if (!verify(null, bytes, publicKey, Buffer.from(sig, 'base64url'))) throw new Error(`entry ${seq} is not genuine`)
  return { language: String(signed.language), prev, hash: createHash('sha256').update(bytes).digest('base64url') }
}
