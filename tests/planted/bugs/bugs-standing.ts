import type { Bug } from '../bugs.ts'

const standing = ['tests/log/language-status.test.ts']
const pause = ['tests/desk/pause.test.ts']

/** Bugs in whom a change and a pause speak of. */
export const standingBugs: readonly Bug[] = [
  {
    name: 'a language that comes with an update is told an update',
    file: 'src/log/language-status.ts',
    find: "  if (isAddedIn(entry.alert, language)) return 'alert'\n",
    put: '',
    tests: standing,
  },
  {
    name: 'a language that comes with a correction is told the alert as new',
    file: 'src/domain/alert.ts',
    find: "return status !== 'corrected' && addedLanguages.includes(language)",
    put: 'return addedLanguages.includes(language)',
    tests: standing,
  },
  {
    name: 'a note in a new language is lost',
    file: 'src/domain/change.ts',
    find: '!Object.hasOwn(latest.texts, tag) && !Object.hasOwn(note, tag)',
    put: '!Object.hasOwn(latest.texts, tag)',
    tests: standing,
  },
  {
    name: 'a language is new for ever',
    file: 'src/domain/change.ts',
    find: 'const { untouched: _, addedLanguages: __, ...before } = latest',
    put: 'const { untouched: _, ...before } = latest',
    tests: standing,
  },
  {
    name: 'a push that came late is heard twice',
    file: 'src/web/service-worker/notification.ts',
    find: 'known && known.shown.lang !== show.lang && kindOf',
    put: 'known && kindOf',
    tests: ['tests/web/service-worker/notification.test.ts'],
  },
  {
    name: 'a rehearsed retraction is warned of a pause that lets it through',
    file: 'src/desk/pause.ts',
    find: 'if (pause === null || !holds(pause, entry)) return []',
    put: 'if (pause === null) return []',
    tests: pause,
  },
  {
    name: 'a paused language that was dropped cannot be resumed',
    file: 'src/desk/pause.ts',
    find: ', ...(pause?.languages ?? [])',
    put: '',
    tests: pause,
  },
  {
    name: 'a pause does not keep who made it',
    file: 'src/store/sqlite/sqlite-pause.ts',
    find: 'const byName = by === undefined ? null : authorise(this.#sql, by).name',
    put: 'const byName = by === undefined ? null : authorise(this.#sql, by) && null',
    tests: ['tests/flows/push/push-control.test.ts'],
  },
  {
    name: 'a dropped language is written from left to right',
    file: 'src/web/desk/desk-config.ts',
    find: 'dir: dirOf(tag)',
    put: "dir: 'ltr'",
    tests: ['tests/web/desk/desk-config.test.ts'],
  },
]
