import type { Bug } from '../bugs.ts'

const sqlite = 'tests/store/sqlite/desk/sqlite-webhooks.test.ts'
const postgres = 'tests/store/postgres/desk/postgres-webhooks.test.ts'
const send = 'tests/node/desk/webhooks/send-webhook.test.ts'

/** Bugs of webhooks. */
export const webhookBugs: readonly Bug[] = [
  {
    name: 'a webhook is not told of what is published',
    file: 'src/store/sqlite/desk/audit-table.ts',
    find: '  if (event !== null) noteEvent(sql, event)\n',
    put: '',
    tests: [sqlite],
  },
  {
    name: 'on PostgreSQL a webhook is not told of what is published',
    file: 'src/store/postgres/desk/postgres-audit-table.ts',
    find: '  if (event !== null) sendEvent(statements, event)\n',
    put: '',
    tests: [postgres],
  },
  {
    name: 'a webhook of readers’ alerts is told of test alerts',
    file: 'src/store/sqlite/desk/webhook-tables.ts',
    find: "(?4 is null or audience = 'all' or audience = ?4)",
    put: "(?4 is null or audience <> '')",
    tests: [sqlite],
  },
  {
    name: 'a slow receiver is sent a second message before it has answered the first',
    file: 'src/desk/webhooks/dispatcher.ts',
    find: 'busy: [...this.#running.keys()]',
    put: 'busy: []',
    tests: [sqlite],
  },
  {
    name: 'a message is given up after one try',
    file: 'src/desk/webhooks/attempts.ts',
    find: 'if (attempts >= attemptsMax)',
    put: 'if (attempts >= 1)',
    tests: [sqlite],
  },
  {
    name: '410 does not end a webhook',
    file: 'src/desk/webhooks/attempts.ts',
    find: 'answer.status === 410',
    put: 'answer.status === 411',
    tests: [sqlite],
  },
  {
    name: 'the signature leaves the time out',
    file: 'src/desk/webhooks/signature.ts',
    find: 'timestampSeconds}.',
    put: 'id}.',
    tests: ['tests/desk/webhooks/signature.test.ts'],
  },
  {
    name: 'the former secret counts for ever',
    file: 'src/desk/webhooks/webhook-keys.ts',
    find: ' && Date.parse(formerUntil) > now',
    put: '',
    tests: [sqlite],
  },
  {
    name: 'a webhook may lead into the own network',
    file: 'src/node/desk/webhooks/send-webhook.ts',
    find: 'addresses.find((address) => !isAllowed(address))',
    put: 'addresses.slice(1).find((address) => !isAllowed(address))',
    tests: [send],
  },
  {
    name: 'the name of a webhook is looked up again when it is connected to',
    file: 'src/node/desk/webhooks/send-webhook.ts',
    find: 'return { lookup: pinned(addresses), ...trust }',
    put: 'return trust',
    tests: [send],
  },
  {
    name: 'who has lost a lease still says what became of the message',
    file: 'src/store/sqlite/desk/sqlite-webhook-outbox.ts',
    find: '      if (this.#sql.all(selectLeased, id, name).length === 0) return\n',
    put: '      void [selectLeased, name]\n',
    tests: [sqlite],
  },
]
