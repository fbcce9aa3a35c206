import type { Bug } from '../bugs.ts'

const front = ['tests/cli/cluster/front/front.long.test.ts']

const moments = ['tests/cli/cluster/cluster-end-moments.long.test.ts']

/** Bugs in `src/cli/cluster`. */
export const cliClusterBugs: readonly Bug[] = [
  {
    name: 'the front passes on what a client says of its own address',
    file: 'src/cli/cluster/front/forwarded-headers.ts',
    find: "['x-forwarded-for', 'x-forwarded-host'",
    put: "['x-forwarded-host'",
    tests: front,
  },
  {
    name: 'a client takes headers away by naming them in Connection',
    file: 'src/cli/cluster/front/forwarded-headers.ts',
    find: '...named.filter((name) => !needed.has(name))',
    put: '...named',
    tests: front,
  },
  {
    name: 'the body of a GET goes on without framing, as a request of its own',
    file: 'src/cli/cluster/front/forwarded-headers.ts',
    find: "? [] : ['Transfer-Encoding', 'chunked']",
    put: '? [] : []',
    tests: front,
  },
  {
    name: 'the front sends a POST twice when a kept connection ends',
    file: 'src/cli/cluster/front/front.ts',
    find: 'if (!isLate && !this.#isSent)',
    put: 'if (!isLate)',
    tests: front,
  },
  {
    name: 'a response that breaks off looks whole',
    file: 'src/cli/cluster/front/front.ts',
    find: "response.on('error', () => this.#outgoing.destroy())",
    put: "response.on('error', () => this.#outgoing.end())",
    tests: front,
  },
  {
    name: 'where no node is ready, none is asked',
    file: 'src/cli/cluster/front/node-pool.ts',
    find: "of ['ready', 'answering'] as const",
    put: "of ['ready'] as const",
    tests: front,
  },
  {
    name: 'an EventSource is ended for good while no node is there',
    file: 'src/cli/cluster/front/front-refusals.ts',
    find: 'status >= 500 && isEventSource(incoming)',
    put: 'status >= 600 && isEventSource(incoming)',
    tests: front,
  },
  {
    name: 'the folder is deleted while a start still writes into it',
    file: 'src/cli/cluster/supervisor.ts',
    find: 'await this.#starting\n',
    put: '\n',
    tests: moments,
  },
]
