import type { Bug } from '../bugs.ts'

/** Bugs in `src/node/cluster`. */
export const nodeClusterBugs: readonly Bug[] = [
  {
    name: 'a process that hangs is left alone',
    file: 'src/node/cluster/liveness-watch.ts',
    find: '  worst.kill()\n',
    put: '',
    tests: ['tests/node/cluster/liveness-watch.test.ts'],
  },
  {
    name: 'the counts of a process that ended are forgotten',
    file: 'src/node/cluster/counter-totals.ts',
    find: 'this.#former = added(this.#former, last)',
    put: '',
    tests: ['tests/node/cluster/counter-totals.test.ts'],
  },
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
]
