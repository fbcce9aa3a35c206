import type { Bug } from '../bugs.ts'

/** Bugs in `src/auth`. */
export const authBugs: readonly Bug[] = [
  {
    name: 'a key may hold what no header carries',
    file: 'src/auth/bearer-key.ts',
    find: '/^[!-~]*$/',
    put: '/^[^\\n]*$/',
    tests: ['tests/node/config.test.ts'],
  },
  {
    name: 'a key is compared by its last character',
    file: 'src/auth/secret.ts',
    find: 'differing |= a.charCodeAt(at)',
    put: 'differing = a.charCodeAt(at)',
    tests: ['tests/http/metrics-access.test.ts'],
  },
  {
    name: 'beside a single admin no editor can be revoked',
    file: 'src/auth/editor.ts',
    find: 'if (admins.length !== 1 || admins[0] !== id) return',
    put: 'if (admins.length !== 1) return',
    tests: ['tests/store/sqlite/sqlite-editors.test.ts'],
  },
]
