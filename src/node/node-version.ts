/** The first major version of Node with unflagged node:sqlite, type stripping and reusePort. */
const nodeMajorMin = 24

/** Why the service cannot run on a version of Node (such as `20.11.1`), in a sentence; null: it can. */
export function nodeVersionFault(version: string): string | null {
  if (Number.parseInt(version, 10) >= nodeMajorMin) return null
  return `Tocsin needs Node ${nodeMajorMin} or later; this is v${version}. "npm start" brings its own.`
}

/** The versions of SQLite with the WAL-reset fault; two of them have its correction (https://sqlite.org/wal.html#walresetbug). */
const faulty = { from: [3, 7, 0], to: [3, 51, 2], but: ['3.44.6', '3.50.7'] } as const

/**
 * Why the service must not use a version of SQLite (such as `3.50.4`), in a sentence; null: it may. With the WAL-reset
 * fault, two connections that write or checkpoint at the same moment can lose commits and damage the database. The
 * service has several connections, in threads and processes, so the fault cannot be ruled out there.
 */
export function sqliteVersionFault(version: string): string | null {
  const parts = version.split('.').map(Number)
  const isAtLeast = (least: readonly number[]) => {
    const at = least.findIndex((part, index) => part !== (parts[index] ?? 0))
    return at === -1 || (parts[at] ?? 0) > (least[at] ?? 0)
  }
  const [major, minor, patch] = faulty.to
  if (!isAtLeast(faulty.from) || isAtLeast([major, minor, patch + 1])) return null
  if (faulty.but.some((it) => it === version)) return null
  return `This Node (${process.version}) has SQLite ${version}, which can damage the database when two connections write to it at the same moment (https://sqlite.org/wal.html#walresetbug). Use a Node with SQLite 3.51.3 or later. "npm start" brings its own.`
}
