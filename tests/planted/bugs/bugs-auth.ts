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
    name: 'a key that may not send flashes cannot take one back',
    file: 'src/auth/editor.ts',
    find: "if (kind === 'retraction' || allowed.includes(level)) return",
    put: 'if (allowed.includes(level)) return',
    tests: ['tests/store/sqlite/desk/sqlite-items.test.ts'],
  },
  {
    name: 'one wrong key after another waits for nothing',
    file: 'src/auth/wrong-keys.ts',
    find: '? 1 : before.count + 1',
    put: '? 1 : before.count',
    tests: ['tests/auth/wrong-keys.test.ts'],
  },
  {
    name: 'beside a single admin no editor can be revoked',
    file: 'src/auth/editor.ts',
    find: 'if (admins.length !== 1 || admins[0] !== id) return',
    put: 'if (admins.length !== 1) return',
    tests: ['tests/store/sqlite/sqlite-editors.test.ts'],
  },
  {
    name: 'a session outlives the key that expires',
    file: 'src/auth/sessions.ts',
    find: 'expiresAt !== undefined && expiresAt < time ? expiresAt : time',
    put: 'time',
    tests: ['tests/store/sqlite/sqlite-editors.test.ts'],
  },
  {
    name: 'an admin who may not send a flash makes a key that may',
    file: 'src/store/sqlite/sqlite-editors.ts',
    find: 'if (admin !== null) permitKey(admin, editor)',
    put: '',
    tests: ['tests/store/sqlite/desk/sqlite-items.test.ts'],
  },
]
