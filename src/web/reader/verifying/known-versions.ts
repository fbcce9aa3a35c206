import '../common-parts.ts'
import { putStored, readStored } from '../../shared/browser-storage.ts'

const name = 'verified-versions'
const versionsMax = 500

/**
 * The newest version of each alert of a log (of whichever, where none is named) that was verified on this device, in whatever page: a
 * former one is genuine, but what was corrected or retracted would be back as true. Never rejects.
 */
export async function knownVersions(epoch?: string): Promise<ReadonlyMap<string, number>> {
  const kept = Object(await readStored(name).catch(() => null))
  const versions: unknown = epoch === undefined || kept.epoch === epoch ? kept.versions : []
  const isPair = (it: unknown): it is readonly [string, number] => Array.isArray(it)
  const pairs = Array.isArray(versions) ? versions.filter(isPair) : []
  return new Map(pairs)
}

let turn: Promise<unknown> = Promise.resolve()

/** Remembers that a version of an alert was verified. */
export function rememberVersion(epoch: string, id: string, version: number): void {
  turn = turn
    .then(async () => {
      const known = new Map(await knownVersions(epoch))
      if (Number(known.get(id)) >= version) return
      // The newest are last.
      known.delete(id)
      known.set(id, version)
      await putStored(name, { epoch, versions: [...known].slice(-versionsMax) })
    })
    .catch(() => {})
}
