import type { Bug } from '../bugs.ts'

/** Bugs in `src/log`. */
export const logBugs: readonly Bug[] = [
  {
    name: 'a cursor from the future is taken as live',
    file: 'src/log/log.ts',
    find: "if (cursor.seq > head) return reset('cursor-ahead')",
    put: "if (cursor.seq > head) return { resume: 'live', seq: head }",
    tests: ['tests/log/log.test.ts', 'tests/hub/hub.test.ts'],
  },
  {
    name: 'the floor is one too high',
    file: 'src/log/log.ts',
    find: 'if (cursor.seq < floor - 1)',
    put: 'if (cursor.seq < floor)',
    tests: ['tests/log/log.test.ts'],
  },
  {
    name: 'the wake during a read is lost, and the poll with it',
    file: 'src/log/follow.ts',
    find: 'await Promise.race([woken, deps.sleep(jittered(deps.pollMs ?? pollMsUsual, deps.random()), signal)])',
    put: 'await wakeUps.next()',
    tests: ['tests/log/follow.test.ts'],
  },
  {
    name: 'a page that could not be read is skipped',
    file: 'src/log/follow.ts',
    find: 'if (page === null) {',
    put: 'if (page === null) {\n        seq += 1',
    tests: ['tests/log/follow.test.ts'],
  },
  {
    name: 'a language that comes with an update gets it as an update',
    file: 'src/domain/rendering/in-language.ts',
    find: "  if (isAddedIn(entry.alert, language)) return 'alert'\n",
    put: '',
    tests: ['tests/log/language-status.test.ts'],
  },
  {
    name: 'a stream in a language without a text in the entry is sent it',
    file: 'src/log/language-status.ts',
    find: "language === '*' || hasTextIn(entry, language) ? language : null",
    put: 'language',
    tests: ['tests/log/language-status.test.ts'],
  },
]
