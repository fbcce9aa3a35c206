import type { Bug } from '../bugs.ts'

/** Bugs of what is built and packed for readers nobody here knows. */
export const bundlesBugs: readonly Bug[] = [
  {
    name: 'the packed client needs what the service needs',
    file: 'src/client/package.json',
    find: '  "files": [',
    put: '  "dependencies": { "zod": "^4.6.7" },\n  "files": [',
    tests: ['tests/client/bundle.test.ts'],
  },
  {
    name: 'the packed client is written for new browsers only',
    file: 'src/client/build.ts',
    find: "target: ['es2020', 'chrome80', 'firefox78', 'safari14'],",
    put: "target: 'es2022',",
    tests: ['tests/client/package.test.ts'],
  },
  {
    name: 'the pages’ keys are made by what old browsers lack',
    file: 'src/web/desk/editing/random-key.ts',
    find: "[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')",
    put: 'crypto.randomUUID()',
    tests: ['tests/web/bundle.test.ts'],
  },
  {
    name: 'what a polyfill says of its last event is not heard',
    file: 'src/protocol/stream-request.ts',
    find: 'const lastSeen = lastEventIdHeader || lastEventId',
    put: 'const lastSeen = lastEventIdHeader',
    tests: ['tests/interop/node.test.ts'],
  },
]
