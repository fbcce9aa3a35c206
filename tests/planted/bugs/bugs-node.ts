import type { Bug } from '../bugs.ts'

/** Bugs in `src/node`. */
export const nodeBugs: readonly Bug[] = [
  {
    name: 'a process takes more readers than it may open files',
    file: 'src/node/app-deps.ts',
    find: 'Math.min(connectionsMax, files.streamsMax)',
    put: 'Math.max(connectionsMax, files.streamsMax)',
    tests: ['tests/node/server/open-files.test.ts'],
  },
  {
    name: 'a thread that cannot start is reported each time',
    file: 'src/node/threads/thread-supervisor.ts',
    find: 'if (this.#reported.has(message)) return',
    put: '',
    tests: ['tests/node/storage/open-stores.test.ts'],
  },
  {
    name: 'what is missing at the first start is a line for machines',
    file: 'src/node/service.ts',
    find: 'notes: [...deps.notes, ...warnings]',
    put: 'notes: warnings',
    tests: ['tests/flows/scripts.test.ts'],
  },
  {
    name: 'event streams are still accepted while the service drains',
    file: 'src/node/app-deps.ts',
    find: '      admission.stop()\n',
    put: '',
    tests: ['tests/flows/faults/start.test.ts'],
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
    name: 'a build writes over what a service may be starting from',
    file: 'src/node/build.ts',
    find: 'if (!existsSync(path) || !readFileSync(path).equals(contents)) replace',
    put: 'replace',
    tests: ['tests/node/build-service.test.ts'],
  },
  {
    name: 'a program that the service starts is not built',
    file: 'src/node/build.ts',
    find: "  'push/push-store-thread',\n",
    put: '',
    tests: ['tests/node/build-service.test.ts'],
  },
  {
    name: 'what an earlier build shared stays for ever',
    file: 'src/node/build.ts',
    find: 'shared.test(name) && !made.has(name)',
    put: '!shared.test(name) && !made.has(name)',
    tests: ['tests/node/build-service.test.ts'],
  },
  {
    name: 'a signal during the start does nothing to PID 1',
    file: 'src/node/main.ts',
    find: 'endWhileStarting(() => process.exit(0))',
    put: 'endWhileStarting(() => {})',
    tests: ['tests/flows/faults/start.test.ts'],
  },
  {
    name: 'FAST_SUBSCRIBE=0 leaves the fast handler on',
    file: 'src/node/service.ts',
    find: '  if (config.fastSubscribe) subscribe = ',
    put: '  subscribe = ',
    tests: ['tests/flows/plain.test.ts'],
  },
]
