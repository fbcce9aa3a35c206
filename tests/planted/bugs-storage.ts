import type { Bug } from './bugs.ts'

const storage = ['tests/flows/storage.test.ts']

/** Bugs of the data folder, and of what it cannot take. */
export const storageBugs: readonly Bug[] = [
  {
    name: 'a write-ahead log that is not there any more is taken for lost entries',
    file: 'src/node/running-mark.ts',
    find: "lastRun.newest === 'unknown' ? !hadLog : newest < lastRun.newest",
    put: '!hadLog',
    tests: ['tests/stored.test.ts'],
  },
  {
    name: 'a log that ends one entry early is taken for whole',
    file: 'src/node/running-mark.ts',
    find: ': newest < lastRun.newest',
    put: ': newest + 2 < lastRun.newest',
    tests: ['tests/stored.test.ts'],
  },
  {
    name: 'what is stored after the start is not noted',
    file: 'src/node/stored.ts',
    find: '  if (mark !== null) stores.log.onAppend(() => mark.note(() => headOf(stores.sql)))\n',
    put: '',
    tests: ['tests/stored.test.ts'],
  },
  {
    name: 'a write is not looked at before it is taken',
    file: 'src/node/sqlite.ts',
    find: "    if (kind !== null) throw bad(kind, 'store')",
    put: '',
    tests: storage,
  },
  {
    name: 'a data folder is not locked',
    file: 'src/node/data-lock.ts',
    find: "    database.exec('begin exclusive')\n",
    put: '',
    tests: storage,
  },
  {
    name: 'what a file begins with is not looked at',
    file: 'src/node/data-files.ts',
    find: '    if (this.#header === null) return null\n    const',
    put: '    if (this.#header !== null) return null\n    const',
    tests: storage,
  },
  {
    name: 'what the storage met is never over',
    file: 'src/node/storage-monitor.ts',
    find: 'sql.tryWriting()) this.heed(null)',
    put: 'sql.tryWriting()) return',
    tests: storage,
  },
  {
    name: 'a value that begins with a dash is taken for a flag',
    file: 'src/cli/flags.ts',
    find: 'joined(renamed(args, names), wanted)',
    put: 'renamed(args, names)',
    tests: ['tests/cli-flags.test.ts'],
  },
  {
    name: 'a database that can only be read is served, until the first alert',
    file: 'src/node/database.ts',
    find: "openSync(path, 'r+')",
    put: "openSync(path, 'r')",
    tests: ['tests/flows/storage-start.test.ts'],
  },
  {
    name: 'the whole database is read once only',
    file: 'src/node/database-check.ts',
    find: '      worker = null\n      wait(',
    put: '      worker = null\n      void (',
    tests: ['tests/flows/storage-start.test.ts'],
  },
  {
    name: 'what a check of the database found is several lines',
    file: 'src/node/database.ts',
    find: ".replace(/\\s+/g, ' ')",
    put: '',
    tests: ['tests/flows/storage-start.test.ts'],
  },
  {
    name: 'a write-ahead log of which the last frame is cut passes for whole',
    file: 'src/node/log-file.ts',
    find: 'return headerBytes + frames * (frameHeaderBytes + pageBytes)',
    put: 'return headerBytes + (frames - 1) * (frameHeaderBytes + pageBytes)',
    tests: ['tests/log-file.test.ts'],
  },
  {
    name: 'a write-ahead log that was emptied and then written to passes for whole',
    file: 'src/node/log-file.ts',
    find: 'if (size >= headerBytes && !magics.has(numberAt(this.#log))) return true',
    put: 'if (size < 0) return true',
    tests: ['tests/log-file.test.ts'],
  },
]
