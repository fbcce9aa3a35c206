import type { Bug } from '../bugs.ts'

/** Bugs in `src/node/stores` and `src/store/move`. */
export const nodeStoresBugs: readonly Bug[] = [
  {
    name: 'the read thread takes a promoted standby for the log that was opened',
    file: 'src/node/stores/postgres/postgres-thread-stores.ts',
    find: 'PostgresLog.openAgain(database, epoch)',
    put: 'await PostgresLog.open(database, () => epoch)',
    tests: ['tests/node/stores/read-stores.test.ts'],
  },
  {
    name: 'a full disk of the database, or a demoted primary, is over as soon as it can be read',
    file: 'src/node/stores/postgres/postgres-state.ts',
    find: 'this.fault !== null && (await this.#attempt(write))',
    put: 'this.fault !== null',
    tests: ['tests/node/stores/postgres/postgres-state.test.ts'],
  },
  {
    name: 'a refused write is not told to the operator',
    file: 'src/node/stores/postgres/postgres-state.ts',
    find: 'if (shownByWrites.has(kind)) this.heed(kind)',
    put: '',
    tests: ['tests/node/stores/postgres/postgres-state.test.ts'],
  },
  {
    name: 'one operation that does not reach the database makes the whole service unready',
    file: 'src/node/stores/postgres/postgres-state.ts',
    find: 'if (shownByWrites.has(kind)) this.heed(kind)',
    put: 'this.heed(kind)',
    tests: ['tests/node/stores/postgres/postgres-state.test.ts'],
  },
  {
    name: 'a question gets the result of a run that began before it',
    file: 'src/node/stores/postgres/coalesced.ts',
    find: 'next = running.then(begin, begin)\n    return next',
    put: 'return running',
    tests: ['tests/node/stores/postgres/coalesced.test.ts'],
  },
  {
    name: 'a run that fails fails the next one',
    file: 'src/node/stores/postgres/coalesced.ts',
    find: 'running.then(begin, begin)',
    put: 'running.then(begin)',
    tests: ['tests/node/stores/postgres/coalesced.test.ts'],
  },
  {
    name: 'a start does not wait for a server that starts',
    file: 'src/node/stores/postgres/postgres-start.ts',
    find: 'if (!isStarting(error) ||',
    put: 'if (isStarting(error) ||',
    tests: ['tests/node/stores/postgres/postgres-start.test.ts'],
  },
  {
    name: 'a move that is finished again takes back the head of what was appended since',
    file: 'src/store/move/postgres-move.ts',
    find: '      // A node may have appended since.\n      if (move === undefined || move.finished_at !== null) return\n',
    put: '      if (move === undefined) return\n',
    tests: ['tests/store/move/postgres-move.test.ts'],
  },
  {
    name: 'a database that a move fills is served',
    file: 'src/store/move/postgres-move.ts',
    find: 'if (move === undefined || move.finished_at !== null) return\n  throw',
    put: 'if (move !== undefined) return\n  throw',
    tests: ['tests/store/move/postgres-move.test.ts'],
  },
  {
    name: 'two moves fill one database',
    file: 'src/store/move/postgres-move.ts',
    find: 'move === undefined || move.move_id !== id || move.finished_at',
    put: 'move === undefined || move.finished_at',
    tests: ['tests/store/move/postgres-move.test.ts'],
  },
  {
    name: 'a move goes into a database with a log of its own',
    file: 'src/store/move/postgres-move.ts',
    find: 'if (before !== null || head?.epoch',
    put: 'if (head?.epoch',
    tests: ['tests/store/move/postgres-move.test.ts'],
  },
  {
    name: 'a move that was cut off begins again in a database that is half full',
    file: 'src/store/move/postgres-move.ts',
    find: 'return { part: move.part, after: move.after }\n      const',
    put: 'return { part: 0, after: 0 }\n      const',
    tests: ['tests/store/move/postgres-move.test.ts'],
  },
  {
    name: 'another move begins in what the former one has left',
    file: 'src/store/move/postgres-move.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: "      statements.send(`truncate ${tables.map(({ name }) => `tocsin.${name}`).join(', ')} restart identity`)\n",
    put: '',
    tests: ['tests/store/move/postgres-move.test.ts'],
  },
  {
    name: 'pushes that were sent before the move are sent again',
    file: 'src/store/move/moved-progress.ts',
    find: 'sendLanes(statements, entryId, { low, high,',
    put: 'sendLanes(statements, entryId, { low: 0, high,',
    tests: ['tests/node/move/move.test.ts'],
  },
]
