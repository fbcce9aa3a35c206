import type { Bug } from '../bugs.ts'

const claims = 'tests/store/postgres/outbox/postgres-claims.test.ts'
const failures = 'tests/store/postgres/outbox/postgres-failures.test.ts'
const subscriptions = 'tests/store/postgres/subscriptions/postgres-subscriptions.test.ts'

/** Bugs in `src/store/postgres/subscriptions` and `src/store/postgres/outbox`. */
export const storePostgresBugs: readonly Bug[] = [
  {
    name: 'two claimers lease the same subscriptions',
    file: 'src/store/postgres/outbox/outbox-leasing.ts',
    find: `limit 1 for no key update \${wait}),`,
    put: `limit 1 \${wait === '' ? wait : ''}),`,
    tests: [claims],
  },
  {
    name: 'a lease that was made before the clock was set back is kept',
    file: 'src/store/postgres/outbox/outbox-leasing.ts',
    find: ` or lease_until > \${now} + interval '\${leaseMsMax} milliseconds')\``,
    put: ')`',
    tests: [claims],
  },
  {
    name: 'a lease ends by the clock of its owner',
    file: 'src/store/postgres/outbox/outbox-claims.ts',
    find: 'const leaseUntilMs = now() + leaseMs',
    put: 'const leaseUntilMs = Date.now() + leaseMs',
    tests: [claims],
  },
  {
    name: 'whoever lost a lease settles it all the same',
    file: 'src/store/postgres/outbox/postgres-outbox-settle.ts',
    find: 'where slice_id = $3 and token = $4 returning',
    put: 'where slice_id = $3 and (token is distinct from $4::text::uuid or true) returning',
    tests: [claims],
  },
  {
    name: 'an address that does not open is counted nowhere',
    file: 'src/store/postgres/outbox/postgres-outbox-settle.ts',
    find: '(batch.unreadable ?? []).filter(isLeased)',
    put: '(batch.unreadable ?? []).slice(0, 0)',
    tests: [failures],
  },
  {
    name: 'old deliveries are kept for ever in PostgreSQL',
    file: 'src/store/postgres/outbox/outbox-pruning.ts',
    find: "const deliveryKept = '90 days'",
    put: "const deliveryKept = '900 days'",
    tests: [failures],
  },
  {
    name: 'interests become visible out of the order of their ids, and hosts of two transactions are not counted',
    file: 'src/store/postgres/subscriptions/reader-counts.ts',
    find: "`select pg_advisory_xact_lock(hashtextextended('tocsin push names', 0))`",
    put: '`select 1`',
    tests: [subscriptions],
  },
  {
    name: 'an interest is not counted down when its readers leave it',
    file: 'src/store/postgres/subscriptions/subscription-saves.ts',
    find: '    counts.add(known.interest_id, -1)\n',
    put: '',
    tests: [subscriptions],
  },
  {
    name: 'a lease that has ended is counted as leased',
    file: 'src/store/postgres/outbox/outbox-state.ts',
    find: 'from tocsin.push_slices where not ',
    put: 'from tocsin.push_slices where true or ',
    tests: ['tests/store/postgres/outbox/outbox-state.test.ts'],
  },
  {
    name: 'a retry of another entry makes this one due',
    file: 'src/store/postgres/outbox/outbox-state.ts',
    find: 'from tocsin.push_retries r where r.entry_id = e.entry_id',
    put: 'from tocsin.push_retries r where r.entry_id >= e.entry_id',
    tests: ['tests/store/postgres/outbox/outbox-state.test.ts'],
  },
  {
    name: 'a dump that is restored over its own database keeps its epoch',
    file: 'src/store/postgres/log/log-head.ts',
    find: "|| '.' || 'tocsin.log_head'::regclass::oid::text end",
    put: 'end',
    tests: ['tests/store/postgres/postgres-restore.test.ts'],
  },
  {
    name: 'two appends read the same head',
    file: 'src/store/postgres/log/log-append.ts',
    find: 'from tocsin.log_head h for update;',
    put: 'from tocsin.log_head h;',
    tests: ['tests/store/postgres/log/append-group.test.ts'],
  },
  {
    name: 'an append that is refused takes the others of its transaction with it',
    file: 'src/store/postgres/log/append-group.ts',
    find: 'if (error instanceof Problem) return { refusal: error }',
    put: '',
    tests: ['tests/store/postgres/log/append-group.test.ts'],
  },
  {
    name: 'two changes of one alert are applied to the same version of it',
    file: 'src/store/postgres/log/append-group.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: ', `alert ${change.id}`]',
    put: ']',
    tests: ['tests/store/postgres/log/append-group.test.ts'],
  },
  {
    name: 'the appends of one transaction are given one seq, and each is written alone after that',
    file: 'src/store/postgres/log/append-group.ts',
    find: '    head = entry.seq\n',
    put: '',
    tests: ['tests/store/postgres/log/append-group.test.ts'],
  },
  {
    name: 'a write whose turn has not come in time is done all the same',
    file: 'src/store/postgres/write-groups.ts',
    find: 'this.#waiting = this.#waiting.filter((it) => it !== waiting)',
    put: '',
    tests: ['tests/store/postgres/log/append-group.test.ts'],
  },
  {
    name: 'a node whose clock is behind dates its entries by it',
    file: 'src/store/postgres/log/log-append.ts',
    find: 'Math.abs(Date.parse(change) - Date.parse(now))',
    put: '(Date.parse(change) - Date.parse(now))',
    tests: ['tests/store/postgres/log/log-times.test.ts'],
  },
  {
    name: 'entries that row-level security hides are taken for lost ones',
    file: 'src/store/postgres/postgres-database.ts',
    find: 'set local row_security = off; ',
    put: '',
    tests: ['tests/store/postgres/log/row-security.test.ts'],
  },
  {
    name: 'a pause wakes no other node',
    file: 'src/store/postgres/postgres-pause.ts',
    find: "      sendWakeUp(statements, 'pause')\n",
    put: '',
    tests: ['tests/store/postgres/wake-ups.test.ts'],
  },
  {
    name: 'a host that cannot be reached is tried for ever',
    file: 'src/store/postgres/postgres-database.ts',
    find: 'if (isDeadConnection(error)) this.#hosts.leave(url)',
    put: '',
    tests: ['tests/store/postgres/connection/postgres-start-error.test.ts'],
  },
  {
    name: 'a log that lacks what a node has read, on the same timeline, goes on under its epoch',
    file: 'src/store/postgres/log/known-entry.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: 'where known.seq = ${seq} and',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    put: 'where true or known.seq = ${seq} and',
    tests: ['tests/store/postgres/log/postgres-log.test.ts'],
  },
  {
    name: 'an entry under the same seq is taken for the one that was lost',
    file: 'src/store/postgres/log/known-entry.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: ' and known.alert_id = ${alertId} and known.at = ${at}',
    put: '',
    tests: ['tests/store/postgres/log/postgres-log.test.ts'],
  },
  {
    name: 'a log that lacks entries keeps the epoch of those who have read them',
    file: 'src/store/postgres/log/log-head.ts',
    find: 'head.is_same === true && head.epoch !== former',
    put: 'head.is_same === true',
    tests: ['tests/store/postgres/log/postgres-log.test.ts'],
  },
  {
    name: 'the check of writing leaves its table in the database',
    file: 'src/store/postgres/connection/write-check.ts',
    find: '      throw new RolledBack()\n',
    put: '',
    tests: ['tests/store/postgres/connection/write-check.test.ts'],
  },
  {
    name: 'the check of writing passes where no entry may be written',
    file: 'src/store/postgres/connection/write-check.ts',
    find: '      await statements.run(insertEntry)\n',
    put: '',
    tests: ['tests/store/postgres/connection/write-check.test.ts'],
  },
  {
    name: 'a new connection that listens does not wake for what was appended before it',
    file: 'src/store/postgres/postgres-listener.ts',
    find: '    this.#report(null)\n    this.#wake()\n',
    put: '    this.#report(null)\n',
    tests: ['tests/store/postgres/postgres-listener.test.ts'],
  },
  {
    name: 'a listener whose connection has ended does not connect again',
    file: 'src/store/postgres/postgres-listener.ts',
    find: '      this.#lost(why)\n',
    put: '',
    tests: ['tests/store/postgres/postgres-listener.test.ts'],
  },
  {
    name: 'a connection that does not answer the health check stays',
    file: 'src/store/postgres/postgres-listener.ts',
    find: '      // It is closed in any case.\n',
    put: '      return\n',
    tests: ['tests/store/postgres/postgres-listener.test.ts'],
  },
  {
    name: 'a start without notifications is let pass',
    file: 'src/store/postgres/postgres-listener.ts',
    find: 'throw new NotificationsNotReceived()',
    put: 'return',
    tests: ['tests/store/postgres/postgres-listener.test.ts'],
  },
  {
    name: 'a closed listener keeps its connection',
    file: 'src/store/postgres/postgres-listener.ts',
    find: '    this.#client?.connection.stream.destroy()\n',
    put: '',
    tests: ['tests/store/postgres/postgres-listener.test.ts'],
  },
  {
    name: 'each connection is told as a change',
    file: 'src/store/postgres/postgres-listener.ts',
    find: 'if ((why === null) !== (this.#why === null)) this',
    put: 'this',
    tests: ['tests/store/postgres/postgres-listener.test.ts'],
  },
  {
    name: 'wake-ups go to a channel that nobody listens to',
    file: 'src/store/postgres/wake-ups.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: "return `pg_notify('${wakeUpChannel}',",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    put: "return `pg_notify('${wakeUpChannel}s',",
    tests: ['tests/store/postgres/wake-ups.test.ts'],
  },
  {
    name: 'a wake-up does not say what to read',
    file: 'src/store/postgres/wake-ups.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code, as it stands in that file
    find: ", '${name}')`",
    put: ", '')`",
    tests: ['tests/store/postgres/wake-ups.test.ts'],
  },
]
