import type { Bug } from '../bugs.ts'

const sqlite = 'tests/store/sqlite/websub/sqlite-websub.test.ts'
const postgres = 'tests/store/postgres/websub/postgres-websub.test.ts'
const routes = 'tests/http/feeds/websub-routes.test.ts'
const dispatcher = 'src/push/websub/websub-dispatcher.ts'

/** Bugs of the hub of feeds (WebSub). */
export const webSubBugs: readonly Bug[] = [
  {
    name: 'any answer to a verification confirms it',
    file: dispatcher,
    find: 'if (isSuccess(answer) && answer.text === challenge)',
    put: 'if (isSuccess(answer))',
    tests: [sqlite],
  },
  {
    name: 'a challenge is confirmed whatever the status is',
    file: dispatcher,
    find: 'if (isSuccess(answer) && answer.text === challenge)',
    put: "if (answer.kind === 'answered' && answer.text === challenge)",
    tests: [sqlite],
  },
  {
    name: 'a feed that has not changed is sent again',
    file: dispatcher,
    find: 'if (content.hash === delivery.hash) return told',
    put: '',
    tests: [sqlite],
  },
  {
    name: 'a subscriber that takes nothing is told for ever',
    file: dispatcher,
    find: ': this.#ended()\n  }\n\n  #ended',
    put: ": { kind: 'again', afterMs: 1 }\n  }\n\n  #ended",
    tests: [sqlite],
  },
  {
    name: 'what is under way to a host holds up nothing of that host',
    file: dispatcher,
    find: 'const busy = [...new Set([...this.#underWay.keys.map(({ host }) => host), ...without])]',
    put: 'const busy = [...without]',
    tests: [sqlite],
  },
  {
    name: 'callbacks that were slow may hold every place of the hub',
    file: dispatcher,
    find: 'const slowPlaces = slowMax - ',
    put: 'const slowPlaces = concurrentMax - ',
    tests: [sqlite],
  },
  {
    name: 'the hub takes addresses that are not what a feed calls itself',
    file: 'src/http/feeds/topic-feed.ts',
    find: 'if (read.feed.self !== topic.href)',
    put: "if (read.feed.self === '')",
    tests: [routes],
  },
  {
    name: 'a callback may lead into the own network',
    file: 'src/push/websub/websub-hub.ts',
    find: "if (fault !== null) mistakes.push(mistake('hub.callback', 'address-refused', fault))",
    put: '',
    tests: [routes],
  },
  {
    name: 'a subscription lasts for ever',
    file: 'src/store/sqlite/websub/sqlite-websub.ts',
    find: "'(seq < ?5 or seq > ?5) and expires_ms > ?1'",
    put: "'(seq < ?5 or seq > ?5) and ?1 > 0'",
    tests: [sqlite],
  },
  {
    name: 'on PostgreSQL a renewal makes no subscription longer',
    file: 'src/store/postgres/websub/postgres-websub.ts',
    find: 'expires_ms = excluded.expires_ms,',
    put: '',
    tests: [postgres],
  },
  {
    name: 'a request that was replaced is settled by who began on it',
    file: 'src/store/sqlite/websub/sqlite-websub.ts',
    find: '    lease = null, lease_until_ms = 0`\n\nconst isFree',
    put: '    lease_until_ms = 0`\n\nconst isFree',
    tests: [sqlite],
  },
]
