import type { Bug } from '../bugs.ts'

/** What a machine’s processes keep, count and tell. */
export const processesBugs: readonly Bug[] = [
  {
    name: 'a process that ends gives back one stream of an address',
    file: 'src/node/cluster/address-counts.ts',
    find: 'add(this.#total, address, -count)',
    put: 'add(this.#total, address, -1)',
    tests: ['tests/node/cluster/address-counts.test.ts'],
  },
  {
    name: 'a process gives back the streams of others',
    file: 'src/node/cluster/address-counts.ts',
    find: 'if (own === undefined || !own.has(address)) return',
    put: 'if (own === undefined) return',
    tests: ['tests/node/cluster/address-counts.test.ts'],
  },
  {
    name: 'what peers did is told once only',
    file: 'src/node/server/peer-faults.ts',
    find: '    this.#timer = null\n    if',
    put: '    if',
    tests: ['tests/node/server/peer-faults.test.ts'],
  },
  {
    name: 'what peers did is told again every minute',
    file: 'src/node/server/peer-faults.ts',
    find: '    this.#minute.clear()\n',
    put: '',
    tests: ['tests/node/server/peer-faults.test.ts'],
  },
  {
    name: 'a database that is shorter than it says is a failing disk',
    file: 'src/node/storage/sqlite-fault.ts',
    find: 'extendedKinds.get(errcode) ?? ',
    put: '',
    tests: ['tests/node/storage/sqlite-fault.test.ts'],
  },
  {
    name: 'the echo of the first signal ends at once',
    file: 'src/node/signals.ts',
    find: ' && clock() - firstAt >= echoMs) now()',
    put: ') now()',
    tests: ['tests/node/signals.test.ts'],
  },
  {
    name: 'a terminal that closes twice ends at once',
    file: 'src/node/signals.ts',
    find: "signal !== 'SIGHUP' && ",
    put: '',
    tests: ['tests/node/signals.test.ts'],
  },
  {
    name: 'a clock that runs ahead is told the first time only',
    file: 'src/node/storage/log-ahead-watch.ts',
    find: '    this.#isTold = isAhead\n',
    put: '    this.#isTold ||= isAhead\n',
    tests: ['tests/push/outbox/log-ahead.test.ts'],
  },
]
