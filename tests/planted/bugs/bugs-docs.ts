import type { Bug } from '../bugs.ts'

/** Bugs in `docs`. */
export const docsBugs: readonly Bug[] = [
  {
    name: 'a document names a default that is no more',
    file: 'docs/operating.md',
    find: '| `DRAIN_SECONDS` | `10` |',
    put: '| `DRAIN_SECONDS` | `30` |',
    tests: ['tests/docs/operating.test.ts'],
  },
  {
    name: 'a document leads to a file that has moved',
    file: 'ARCHITECTURE.md',
    find: '| where a close code is defined | `src/protocol/close-codes.ts` |',
    put: '| where a close code is defined | `src/node/close-codes.ts` |',
    tests: ['tests/docs/links.test.ts'],
  },
  {
    name: 'an example in Python does not keep its cursor',
    file: 'docs/protocol.md',
    find: '                stored.write_text(event["id"])\n',
    put: '                pass\n',
    tests: ['tests/docs/examples.test.ts'],
  },
]
