import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Codes that are not written beside their status in the source. */
const others = ['400 already-expired', '400 expires-too-late', '400 endpoint-refused', '400 key-refused']
const alsoOthers = ['503 cannot-store', '503 cannot-read']
/** SQLite's numbers of errors, which only look like a status. */
const sqliteErrors = new Set(['522 damaged'])

/** The codes of all problems in the source, each after its status: `423 paused`. */
export function codesOfSource(): readonly string[] {
  const files = execFileSync('git', ['ls-files', 'src'], { encoding: 'utf8' }).split('\n')
  const written = files
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => codesOfFile(readFileSync(path, 'utf8')))
    .filter((it) => !sqliteErrors.has(it))
  return [...new Set([...written, ...others, ...alsoOthers])]
}

/** Codes that are written beside their status: as they are, as a constant of the code, or as the name of a property. */
function codesOfFile(text: string): readonly string[] {
  const written = [...text.matchAll(/\b([45]\d\d),\s*'([a-z][a-z-]+)'/g)]
  const properties = [...text.matchAll(/'([a-z][a-z-]+)': \[\s*([45]\d\d),/g)]
  const constants = [...text.matchAll(/new Problem\(\s*([45]\d\d),\s*([a-z]\w*)\s*,/g)]
  return [
    ...written.map(([, status, code]) => `${status} ${code}`),
    ...properties.map(([, code, status]) => `${status} ${code}`),
    // A parameter of a function is named `code`: its callers have the codes, which are listed above.
    ...constants
      .filter(([, , name]) => name !== 'code')
      .map(([, status, name]) => `${status} ${constantOf(name ?? '')}`),
  ]
}

/** The text of an exported or local constant of the source. */
function constantOf(name: string): string {
  const found = execFileSync('git', ['grep', '-hE', `const ${name} = '`, 'src'], { encoding: 'utf8' })
  return /= '([a-z-]+)'/.exec(found)?.[1] ?? name
}
