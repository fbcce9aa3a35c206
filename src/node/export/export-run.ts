import { createHash, createPublicKey, verify } from 'node:crypto'
import { Problem } from '../../domain/problem.ts'
import { type ExportDeps, makeExport } from '../../export/make-export.ts'
import { type Blake2b, type IsSigned, isSignatureOf, minisignSignature } from '../../signing/minisign.ts'
import { type FolderChange, writeExport } from './export-folder.ts'

/** What came of an export: as of when it is (ms), how many files it has, and what it changed. */
export type Exported = FolderChange & { readonly atMs: number; readonly files: number }

/** BLAKE2b by OpenSSL. */
export const blake2b: Blake2b = (bytes) => createHash('blake2b512').update(bytes).digest()

/** Ed25519 by OpenSSL. */
export const isSigned: IsSigned = (publicKey, bytes, signature) => {
  const x = Buffer.from(publicKey).toString('base64url')
  return verify(null, bytes, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signature)
}

/**
 * Makes an export and brings the folder up to date. `signal`: when it is aborted before the folder is written to, nothing is.
 * Throws what `makeExport` and `writeExport` throw.
 */
export async function exportInto(
  folder: string,
  deps: ExportDeps,
  signal?: AbortSignal,
  progress?: (done: number) => void,
): Promise<Exported> {
  const { atMs, files } = await makeExport(deps, (done) => {
    signal?.throwIfAborted()
    progress?.(done)
  })
  signal?.throwIfAborted()
  const { signer, newsroom } = deps
  const about = { newsroom: newsroom.name }
  const change = writeExport(folder, {
    files,
    sign: (path, bytes) => minisignSignature(signer, bytes, { ...about, path, atMs }, blake2b),
    isSigned: (path, bytes, text) =>
      isSignatureOf(text, signer, bytes, { ...about, path }, { hash: blake2b, isSigned }),
  })
  return { ...change, atMs, files: files.size }
}

/** Whether an export has to wait until the newest entries are signed. */
export function isNotSignedYet(error: unknown): boolean {
  return error instanceof Problem && error.code === 'not-signed-yet'
}
