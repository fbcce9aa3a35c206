import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { codeOf, StartError } from '../start-errors.ts'

/** The file that makes a folder a backup: it is written last, and says what else must be there. */
export const manifestName = 'manifest.json'
/** The files of a backup, by the names that they have in a data folder. */
export const backupNames = ['tocsin.db', 'push-secret', 'vapid.json', 'signing-key.json', 'newsroom.json'] as const
/** With which the manifest is written. 1: without `signing-key.json`, which versions that know only that one do not take. */
export const backupFormat = 2
const formatsRead = [1, backupFormat] as const
const chunkBytes = 1_024 * 1_024

const manifestSchema = z.strictObject({
  format: z.literal(formatsRead),
  /** The versions of what made it. */
  versions: z.strictObject({ tocsin: z.string(), node: z.string(), sqlite: z.string() }),
  createdAt: z.iso.datetime(),
  /** The log as it is in the backup. */
  epoch: z.string(),
  head: z.int().min(0),
  subscriptions: z.int().min(0),
  files: z
    .array(
      z.strictObject({
        name: z.enum(backupNames),
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .refine((files) => files.some(({ name }) => name === 'tocsin.db'), { error: 'it does not name tocsin.db' })
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, {
      error: 'it names a file twice',
    }),
})

export type Manifest = z.infer<typeof manifestSchema>
export type BackupFile = Manifest['files'][number]

export function manifestOf(facts: Omit<Manifest, 'format'>): string {
  return `${JSON.stringify({ format: backupFormat, ...facts } satisfies Manifest, null, 2)}\n`
}

/** Reads the manifest of a backup's folder. Throws a StartError where there is none, or one that is damaged. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestName)
  if (statSync(folder, { throwIfNoEntry: false }) === undefined)
    throw new StartError(
      `There is no backup at ${folder}: this folder does not exist. Give the folder that npx tocsin backup made.`,
    )
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is damaged' : `cannot be read (${codeOf(error)})`
    throw new StartError(`${folder} is no whole backup: ${path} ${why}. Use another backup.`)
  }
  if (Object(parsed).format > backupFormat)
    throw new StartError(
      `${folder} was made by a newer version of Tocsin. Restore it with that version or a later one.`,
    )
  const { success, data, error } = manifestSchema.safeParse(parsed)
  if (success) return data
  const [first] = error.issues
  throw new StartError(
    `${folder} is no whole backup: ${path} is damaged (${first?.path.join('.')}: ${first?.message}). Use another backup.`,
  )
}

/**
 * Reads a file to its end, and writes it into another one if a path is given: a new one, for its owner only, on the disk
 * when this resolves. Gives its size and its hash.
 */
export async function readWhole(
  path: string,
  copyTo: string | null,
  signal?: AbortSignal,
): Promise<Pick<BackupFile, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256')
  const copy = copyTo === null ? null : openSync(copyTo, 'wx', 0o600)
  let bytes = 0
  try {
    const options = { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) }
    for await (const chunk of createReadStream(path, options) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      for (let at = 0; copy !== null && at < chunk.length; ) at += writeSync(copy, chunk, at)
    }
    if (copy !== null) fsyncSync(copy)
  } finally {
    if (copy !== null) closeSync(copy)
  }
  return { bytes, sha256: hash.digest('hex') }
}
