import type { Newsroom } from '../domain/newsroom.ts'
import { toBase64url } from '../domain/parsing/base64url.ts'
import type { Signing, SigningKeys } from './key-ring.ts'
import { signedBytes } from './signed-form.ts'
import type { Signer } from './signer.ts'

// What is signed besides entries. Each form has other fields, so that a signature over one is never good for another.

/** How far the log is, at a time (RFC 3339). What is signed of it has these three fields. */
export type Head = { readonly epoch: string; readonly head: number; readonly at: string }

/** The addresses of the mirrors, at a time; of several lists the newest counts. What is signed has these two fields. */
export type MirrorList = { readonly urls: readonly string[]; readonly at: string }

/**
 * What a bundle is: the newest entries of one language in one file. What is signed has these fields. `newest`: the hash of the
 * signed bytes of the newest entry that says something in the language, '' where there is none: so nobody can hold back
 * entries. `count`: how many entries the file has. `leftOut`: how many more of the newest are not in it, because they had no place or
 * cannot be verified by its keys.
 */
export type BundleStatement = Head & {
  readonly newsroom: string
  readonly language: string
  readonly newest: string
  readonly count: number
  readonly leftOut: number
}

/** A statement with the id of the key that signed it, and the signature in base64url. */
export type Signed<Statement> = Statement & { readonly key: string; readonly sig: string }

/** What `GET /v1/newsroom` tells of the signing keys and the mirrors. */
export type PublishedSigning = {
  readonly signingKeys: SigningKeys
  readonly mirrors: Signed<MirrorList>
  /** The id of a key of which the operator says that it is lost. It is not told: bundles begin after what it has signed. */
  readonly lostKey?: string
}

/** The bytes that are signed of a head. */
export function headBytes({ epoch, head, at }: Head): Uint8Array {
  return signedBytes({ epoch, head, at })
}

/** The bytes that are signed of a list of mirrors. */
export function mirrorListBytes({ urls, at }: MirrorList): Uint8Array {
  return signedBytes({ urls, at })
}

/** The bytes that are signed of a bundle. */
export function bundleBytes(statement: BundleStatement): Uint8Array {
  const { at, epoch, head, newsroom, language, newest, count, leftOut } = statement
  return signedBytes({ at, epoch, head, newsroom, language, newest, count, leftOut })
}

/** Signs what a bundle is. */
export function signedBundle(signer: Signer, statement: BundleStatement): Signed<BundleStatement> {
  return { ...statement, key: signer.keyId, sig: toBase64url(signer.sign(bundleBytes(statement))) }
}

/** Signs a head. */
export function signedHead(signer: Signer, { epoch, head, at }: Head): Signed<Head> {
  return { epoch, head, at, key: signer.keyId, sig: toBase64url(signer.sign(headBytes({ epoch, head, at }))) }
}

/** Signs a list of mirrors. */
export function signedMirrors(signer: Signer, { urls, at }: MirrorList): Signed<MirrorList> {
  return { urls, at, key: signer.keyId, sig: toBase64url(signer.sign(mirrorListBytes({ urls, at }))) }
}

/** Without a time of its own a list has that of a start, cut to this: the processes of a service that start together say the same. */
const mirrorsEachMs = 60 * 60_000

/** What no list is older than: an empty one that nobody has given a time, such as of a start without the newsroom's file. */
const never = '1970-01-01T00:00:00.000Z'

/** What is published of the keys, with the newsroom's mirrors signed by its time, else by the hour of `now` (ms). `lostKey`: as in the type. */
export function publishedSigning(
  { signer, keys }: Signing,
  { mirrors: urls = [], mirrorsAt }: Pick<Newsroom, 'mirrors' | 'mirrorsAt'>,
  now: number,
  lostKey: string | null = null,
): PublishedSigning {
  const startedAt = new Date(Math.floor(now / mirrorsEachMs) * mirrorsEachMs).toISOString()
  const at = mirrorsAt ?? (urls.length === 0 ? never : startedAt)
  const published = { signingKeys: keys, mirrors: signedMirrors(signer, { urls, at }) }
  return lostKey === null ? published : { ...published, lostKey }
}

/**
 * The list as each push carries it; null: there are no mirrors, and none that devices may still know: an operator who has taken
 * away the last one says when.
 */
export function mirrorsOfPushes(
  { mirrors }: PublishedSigning,
  { mirrorsAt }: Pick<Newsroom, 'mirrorsAt'>,
): Signed<MirrorList> | null {
  return mirrors.urls.length === 0 && mirrorsAt === undefined ? null : mirrors
}
