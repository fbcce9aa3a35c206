import type { Bug } from '../bugs.ts'

const newsroom = ['tests/domain/newsroom.test.ts']
const config = ['tests/node/config.test.ts']
const stored = ['tests/node/storage/open-stores.test.ts']
const notFound = ['tests/http/not-found.test.ts']

/** What an operator sets, and what people type: keys, names, addresses. */
export const appBugs: readonly Bug[] = [
  {
    name: 'a key may hold what no header carries',
    file: 'src/auth/bearer-key.ts',
    find: '/^[!-~]*$/',
    put: '/^[^\\n]*$/',
    tests: config,
  },
  {
    name: 'a password may stand in the address of the service',
    file: 'src/domain/public-url.ts',
    find: "if (username !== '' || password !== '' || text.includes('@'))",
    put: "if (password !== '' && text === '')",
    tests: config,
  },
  {
    name: 'two tags of one language are two languages',
    file: 'src/domain/parsing/language-tag.ts',
    find: 'return Intl.getCanonicalLocales(plain)[0] ?? plain.toLowerCase()',
    put: 'return plain.toLowerCase()',
    tests: newsroom,
  },
  {
    name: 'a language may hide behind an address of our own',
    file: 'src/domain/newsroom-names.ts',
    find: 'if (!ownPaths.includes(tag)) return []',
    put: "if (tag !== 'v1') return []",
    tests: newsroom,
  },
  {
    name: 'a name may turn round what stands behind it',
    file: 'src/domain/newsroom-names.ts',
    find: '[\\u202a-\\u202e\\u2066-\\u2069]',
    put: '[\\u202a-\\u202d\\u2066-\\u2069]',
    tests: newsroom,
  },
  {
    name: 'how much is wanted at least is not told',
    file: 'src/domain/parsing/parse.ts',
    find: "case 'too_small':\n",
    put: "case 'custom':\n",
    tests: newsroom,
  },
  {
    name: 'a misspelt filter of a feed is passed over',
    file: 'src/protocol/query-parameters.ts',
    find: 'if (reading.passesOverTracking && tracking.test(name)) continue',
    put: 'if (reading.passesOverTracking && !Object.hasOwn(known, name)) continue',
    tests: notFound,
  },
  {
    name: 'a slash at the end leads nowhere',
    file: 'src/http/app.ts',
    find: "const plain = pathname.replace(/\\/+$/, '')",
    put: "const plain = pathname.replace(/\\/{9}$/, '')",
    tests: notFound,
  },
  {
    name: 'what a removed write-ahead log held is not saved',
    file: 'src/node/storage/storage-monitor.ts',
    find: 'this.#isLogSaved = sql.saveLog()',
    put: 'this.#isLogSaved = sql.files !== null',
    tests: stored,
  },
  {
    name: 'a log that lost its newest entries keeps its identity',
    file: 'src/node/storage/open-stores.ts',
    find: 'if (isLost) renewEpoch(sql, newEpoch(Math.random(), Date.now()))',
    put: '',
    tests: stored,
  },
  {
    name: 'an orderly end leaves the mark of a kill',
    file: 'src/node/storage/open-stores.ts',
    find: 'mark?.end(isAllSaved)',
    put: '',
    tests: stored,
  },
  {
    name: 'whether it can be written again is tried with a page',
    file: 'src/node/storage/sqlite-file.ts',
    find: "'x'.repeat(64 * 1_024)",
    put: "'x'.repeat(64)",
    tests: stored,
  },
  {
    name: 'an alarm of the storage outlives its trouble',
    file: 'src/node/storage/open-stores.ts',
    find: "alarms.end('storage')",
    put: '',
    tests: stored,
  },
  {
    name: 'a thread makes the database that it does not find',
    file: 'src/node/storage/sqlite-file.ts',
    find: '?mode=rw',
    put: '?mode=rwc',
    tests: stored,
  },
  {
    name: 'a thread that cannot start is told of each time',
    file: 'src/node/thread-supervisor.ts',
    find: 'if (this.#reported.has(message)) return',
    put: '',
    tests: stored,
  },
  {
    name: 'lost push keys of a few are as those of all',
    file: 'src/push/subscriptions/lost-keys.ts',
    find: 'isMost: count * 2 > sum(counts)',
    put: 'isMost: count > 0',
    tests: stored,
  },
  {
    name: 'a line behind the end of the file is taken for done',
    file: 'src/cli/commands/chunks.ts',
    find: 'if (fromLine > number + 1)',
    put: 'if (fromLine > linesMax * 1_000_000)',
    tests: ['tests/cli/commands/subscriptions-command.test.ts'],
  },
]
