import type { Bug } from '../bugs.ts'

const editors = ['tests/store/sqlite/sqlite-editors.test.ts']
const subscriptions = ['tests/store/sqlite/sqlite-subscriptions.test.ts']
const metrics = ['tests/http/metrics-access.test.ts']
const watch = ['tests/hub/key-watch.test.ts']

/** Keys, sessions and what hangs on them. */
export const keysBugs: readonly Bug[] = [
  {
    name: 'the last admin is counted among those who were revoked',
    file: 'src/store/sqlite/sqlite-editors.ts',
    find: `const selectAdmins = "select id from editors where role = 'admin' and revoked_at is null"`,
    put: `const selectAdmins = "select id from editors where role = 'admin'"`,
    tests: editors,
  },
  {
    name: 'who revokes is not looked up in the transaction',
    file: 'src/store/sqlite/sqlite-editors.ts',
    find: `        if (by !== undefined) authorise(this.#sql, by)
        const admins`,
    put: '        const admins',
    tests: editors,
  },
  {
    name: 'a revoked key leaves its sessions',
    file: 'src/store/sqlite/sqlite-editors.ts',
    find: '        this.#sql.run(endSessions, id)\n',
    put: '',
    tests: editors,
  },
  {
    name: 'a revoked key leaves its subscriptions to test alerts',
    file: 'src/store/sqlite/sqlite-editors.ts',
    find: '        this.#alsoEnds(id)\n',
    put: '',
    tests: subscriptions,
  },
  {
    name: 'a refused revocation has ended the subscriptions already',
    file: 'src/store/sqlite/sqlite-editors.ts',
    find: `    return this.#sql.retryBusy(() => {
      const revoked = this.#sql.transaction(() => {`,
    put: `    return this.#sql.retryBusy(() => {
      this.#alsoEnds(id)
      const revoked = this.#sql.transaction(() => {`,
    tests: subscriptions,
  },
  {
    name: 'an address that is saved again stays its former editor’s',
    file: 'src/store/sqlite/sqlite-subscriptions.ts',
    find: '      this.#sql.run(updateEditor, editorOf(subscription, by), known.row_id)\n',
    put: '',
    tests: subscriptions,
  },
  {
    name: 'an editor’s public subscription ends with the key',
    file: 'src/store/sqlite/sqlite-subscriptions.ts',
    find: `return interest.audience === 'test' ? (by?.editorId ?? null) : null`,
    put: `return interest.audience === undefined ? null : (by?.editorId ?? null)`,
    tests: subscriptions,
  },
  {
    name: 'editors that nobody names keep their subscriptions',
    file: 'src/store/sqlite/push-tables.ts',
    find: 'editor_id is not null and editor_id not in (select value',
    put: 'editor_id is not null and editor_id in (select value',
    tests: subscriptions,
  },
  {
    name: 'the metrics are for anyone who has no key to give',
    file: 'src/http/api/health.ts',
    find: 'if (metricsKey === null && !deps.isLocal(c.env))',
    put: `if (metricsKey === '' && !deps.isLocal(c.env))`,
    tests: metrics,
  },
  {
    name: 'a key is compared by its last character',
    file: 'src/auth/secret.ts',
    find: 'differing |= a.charCodeAt(at)',
    put: 'differing = a.charCodeAt(at)',
    tests: metrics,
  },
  {
    name: 'a proxy on this machine is this machine',
    file: 'src/node/server/local-request.ts',
    find: 'return isHere && !wasForwarded',
    put: 'return isHere',
    tests: metrics,
  },
  {
    name: 'a revocation during a look at the keys is overlooked',
    file: 'src/hub/key-watch.ts',
    find: '  look(): Promise<void> {\n    this.#again = true\n',
    put: '  look(): Promise<void> {\n    this.#again ||= this.#looking === null\n',
    tests: watch,
  },
  {
    name: 'of two kinds that are to be woken again, only the first is',
    file: 'src/worker/log/follower-wake-ups.ts',
    find: 'for (const kind of kinds) this.#deps',
    put: 'for (const kind of kinds.slice(0, 1)) this.#deps',
    tests: ['tests/worker/log/follower-wake-ups.test.ts'],
  },
]
