import type { Bug } from '../bugs.ts'

/** Bugs in `src/node/backup`. */
export const nodeBackupBugs: readonly Bug[] = [
  {
    name: 'a database without a record beside it counts as the one that was there',
    file: 'src/node/backup/log-record.ts',
    find: 'if (record === null) return sql.all(selectTable).length > 0',
    put: 'if (record === null) return false',
    tests: ['tests/node/backup/log-record.test.ts'],
  },
  {
    name: 'an older database of the same log counts as the one that was there',
    file: 'src/node/backup/log-record.ts',
    find: 'if (record.epoch !== epoch || newest < record.newest) return true',
    put: 'if (record.epoch !== epoch) return true',
    tests: ['tests/node/backup/log-record.test.ts'],
  },
  {
    name: 'a log that went on elsewhere counts as the one that was there',
    file: 'src/node/backup/log-record.ts',
    find: 'if (record.epoch !== epoch || newest < record.newest) return true',
    put: 'if (newest < record.newest) return true',
    tests: ['tests/node/backup/log-record.test.ts'],
  },
  {
    name: 'a copied file counts as the one that was there',
    file: 'src/node/backup/log-record.ts',
    find: 'return kindOf(file) === kindOf(record.file) && file !== record.file',
    put: 'return false',
    tests: ['tests/node/backup/log-record.test.ts'],
  },
  {
    name: 'the record does not follow what a run has stored',
    file: 'src/node/backup/log-record.ts',
    find: 'if (record !== null && newest > record.newest) writeLogRecord',
    put: 'if (record === null) writeLogRecord',
    tests: ['tests/node/backup/log-record.test.ts'],
  },
  {
    name: 'an SQLite library with the WAL-reset fault is taken',
    file: 'src/node/node-version.ts',
    find: 'if (!isAtLeast(faulty.from) || isAtLeast([major, minor, patch + 1])) return null',
    put: 'if (!isAtLeast(faulty.from) || isAtLeast([major, minor, patch])) return null',
    tests: ['tests/node/node-version.test.ts'],
  },
]
