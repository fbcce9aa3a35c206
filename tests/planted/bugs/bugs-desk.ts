import type { Bug } from '../bugs.ts'

/** Bugs in `src/desk`. */
export const deskBugs: readonly Bug[] = [
  {
    name: 'a pause of which nothing is left holds everything',
    file: 'src/desk/pause.ts',
    find: 'return languages.length === 0 && topics.length === 0 ? null : { languages, topics }',
    put: 'return { languages, topics }',
    tests: ['tests/desk/pause.test.ts'],
  },
  {
    name: 'a pause holds retractions',
    file: 'src/desk/pause.ts',
    find: "if (pause === null || kind === 'retraction') return false",
    put: 'if (pause === null) return false',
    tests: ['tests/desk/pause.test.ts'],
  },
  {
    name: 'a misspelt topic hides behind a missing reason for the pause',
    file: 'src/desk/pause.ts',
    find: `parse(pauseSchema, input, what, (raw) => unknownPointersIn(raw, known))`,
    put: `parse(pauseSchema, input, what, (raw) => (Object(raw).reason ? unknownPointersIn(raw, newsroom) : []))`,
    tests: ['tests/desk/pause.test.ts', 'tests/domain/mistakes.test.ts'],
  },
  {
    name: 'an expiry that has passed hides behind another mistake',
    file: 'src/desk/desk.ts',
    find: "parseAll('alert', { alert: refused, expiresAt: expiry })",
    put: "parseAll('alert', { alert: refused })",
    tests: ['tests/domain/mistakes.test.ts'],
  },
  {
    name: 'a field that was not there before is no difference',
    file: 'src/desk/difference.ts',
    find: '[...new Set([...was.keys(), ...is.keys()])]',
    put: '[...was.keys()]',
    tests: ['tests/domain/revision.test.ts'],
  },
  {
    name: 'the version that the editor saw is among the changes since',
    file: 'src/desk/difference.ts',
    find: 'alert.version > seen.alert.version',
    put: 'alert.version >= seen.alert.version',
    tests: ['tests/domain/revision.test.ts'],
  },
  {
    name: 'what was removed from a note is not reported',
    file: 'src/desk/removal-warnings.ts',
    find: "  for (const [tag, words] of Object.entries(fieldsOf(note))) look(['note', tag], words)\n",
    put: '',
    tests: ['tests/desk/removal-warnings.test.ts'],
  },
  {
    name: 'the dry run of a retraction warns of a pause that lets it through',
    file: 'src/desk/pause.ts',
    find: 'if (pause === null || !holds(pause, entry)) return []',
    put: 'if (pause === null) return []',
    tests: ['tests/desk/pause.test.ts'],
  },
  {
    name: 'a paused language that was dropped cannot be resumed',
    file: 'src/desk/pause.ts',
    find: ', ...(pause?.languages ?? [])',
    put: '',
    tests: ['tests/desk/pause.test.ts'],
  },
]
