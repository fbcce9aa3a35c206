import type { Bug } from '../bugs.ts'

const routes = ['tests/http/api/subscriptions.test.ts']

/** Bugs with wishes for what the newsroom has given up. */
export const newsroomBugs: readonly Bug[] = [
  {
    name: 'whoever names an address is let name what is stored there, with whatever keys',
    file: 'src/store/sqlite/sqlite-subscriptions.ts',
    find: 'return row !== undefined && sameBytes(row.address_hash, addressHash) ? (JSON.parse(row.interest) as Interest) : null',
    put: 'return row === undefined || addressHash.length === 0 ? null : (JSON.parse(row.interest) as Interest)',
    tests: ['tests/store/sqlite/sqlite-subscriptions.test.ts', ...routes],
  },
  {
    name: 'a reader who changes a preferences may not name what the newsroom has given up since',
    file: 'src/http/api/subscriptions.ts',
    find: 'const newsroom = withNamesOf(deps.newsroom, former.interest)',
    put: 'const newsroom = withNamesOf(deps.newsroom, { ...former.interest, topics: [] })',
    tests: routes,
  },
  {
    name: 'a preferences for given-up topics alone becomes one for all topics',
    file: 'src/web/shared/preferences.ts',
    find: 'if (languages.length === 0 || (topics.length === 0 && preferences.topics.length > 0)) return null',
    put: 'if (languages.length === 0) return null',
    tests: ['tests/domain/newsroom-dropped.test.ts'],
  },
  {
    name: 'a preferences for a given-up language is not counted',
    file: 'src/http/api/desk/subscription-counts.ts',
    find: 'if (gone.languages.length + gone.topics.length > 0) dropped += count',
    put: 'if (gone.topics.length > 0) dropped += count',
    tests: ['tests/http/api/desk/desk-subscriptions.test.ts'],
  },
]
