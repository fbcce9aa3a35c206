/** The first major version of Node with unflagged node:sqlite, type stripping and reusePort. */
const nodeMajorMin = 24

/** Why the service cannot run on a version of Node (such as `20.11.1`), in a sentence; null: it can. */
export function nodeVersionFault(version: string): string | null {
  if (Number.parseInt(version, 10) >= nodeMajorMin) return null
  return `Tocsin needs Node ${nodeMajorMin} or later; this is v${version}. "npm start" brings its own.`
}
