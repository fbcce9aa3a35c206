import type { Bug } from '../bugs.ts'

/** Bugs of the build that the service starts from. */
export const startBugs: readonly Bug[] = [
  {
    name: 'who comes back with an EventSource during a start is lost for good',
    file: 'src/node/server/server.ts',
    find: 'return isStream ? withOpenHeaders(eventRefusal(closed)) : openProblem(closed)',
    put: 'return openProblem(closed)',
    tests: ['tests/http/api/event-refusal.test.ts'],
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
    name: 'a private key that begins with zeros is kept too short',
    file: 'src/node/push/vapid-keys.ts',
    find: ".padStart(privateKeyBytes * 2, '0')",
    put: '',
    tests: ['tests/node/push/vapid-keys.test.ts'],
  },
]
