import type { Bug } from '../bugs.ts'

const goaway = ['tests/node/push/http2/http2-goaway.test.ts']

/** Bugs on the way to the push services. */
export const pushBugs: readonly Bug[] = [
  {
    name: 'a service rests for as long as the clock was ahead',
    file: 'src/push/send/adaptive-concurrency.ts',
    find: 'nowMs >= this.#pausedFromMs && nowMs < this.#pausedUntilMs',
    put: 'nowMs < this.#pausedUntilMs',
    tests: ['tests/flows/faults/clock-steps.test.ts'],
  },
  {
    name: 'retries and leases of a clock that was ahead stay where they are',
    file: 'src/store/sqlite/outbox/outbox-clock.ts',
    find: '  if (stepMs < stepMsMin) return\n',
    put: '  if (stepMs !== Number.NaN) return\n',
    tests: ['tests/push/send/pusher.test.ts'],
  },
  {
    name: 'a batch is gone on with under a clock that was set back',
    file: 'src/push/send/pusher.ts',
    find: 'leftMs >= requestMostMs && leftMs <= leaseMsMost',
    put: 'leftMs >= requestMostMs',
    tests: ['tests/push/send/pusher.test.ts'],
  },
  {
    name: 'what waits is begun on a connection that was sent away',
    file: 'src/node/push/http2/http2-connection.ts',
    find: `    this.#retire()
    for (const [stream, ask] of this.#asks) {
      if (stream <= last) continue
      this.#uploads.end(stream)
      ask.answer ??= { kind: 'unprocessed' }
      this.#finish(stream, ask, '')
    }
`,
    put: `    for (const [stream, ask] of this.#asks) {
      if (stream <= last) continue
      this.#uploads.end(stream)
      ask.answer ??= { kind: 'unprocessed' }
      this.#finish(stream, ask, '')
    }
    this.#retire()
`,
    tests: goaway,
  },
  {
    name: 'the last stream of a GOAWAY is taken for one that was not looked at',
    file: 'src/node/push/http2/http2-connection.ts',
    find: 'if (stream <= last) continue',
    put: 'if (stream < last) continue',
    tests: goaway,
  },
  {
    name: 'strangers take as many places as everyone else',
    file: 'src/push/send/pusher.ts',
    find: 'if (!pace.isUnknownHost) return this.#inPlace(run, due, pace)',
    put: 'if (pace !== null) return this.#inPlace(run, due, pace)',
    tests: ['tests/push/send/pusher.test.ts', 'tests/node/push/unknown-hosts.test.ts'],
  },
  {
    name: 'a host that failed is looked up again at once',
    file: 'src/node/push/connections/host-lookup.ts',
    find: 'failedFirstMs * 2 ** Math.min(failures - 1, 20)',
    put: '0 * failures * failedFirstMs',
    tests: ['tests/node/push/unknown-hosts.test.ts'],
  },
  {
    name: 'below a suffix one host more is taken than there may be',
    file: 'src/store/sqlite/push-tables.ts',
    find: '(found?.hosts ?? 0) < hostsPerSuffixMax',
    put: '(found?.hosts ?? 0) <= hostsPerSuffixMax',
    tests: ['tests/node/push/unknown-hosts.test.ts'],
  },
  {
    name: 'a token from before the clock was set back is used on',
    file: 'src/push/crypto/vapid-tokens.ts',
    find: ' && leftSeconds <= lifeSeconds',
    put: '',
    tests: ['tests/node/push/unknown-hosts.test.ts'],
  },
  {
    name: 'the proxy of the environment is passed over',
    file: 'src/node/push/connections/open-push-connection.ts',
    find: 'instead === undefined ? proxyFor(host) : null',
    put: 'instead === null ? proxyFor(host) : null',
    tests: ['tests/node/push/connections/outgoing-proxy.test.ts'],
  },
  {
    name: 'a database from before takes any secret',
    file: 'src/store/sqlite/secret-canary.ts',
    find: 'if (rows.length > 0 && !opened.includes(true)) return false',
    put: '',
    tests: ['tests/store/sqlite/secret-canary.test.ts'],
  },
  {
    name: 'a row that does not open is counted nowhere',
    file: 'src/store/sqlite/outbox/outbox-settle.ts',
    find: 'batch.unreadable ?? []',
    put: 'batch.unreadable?.slice(0, 0) ?? []',
    tests: ['tests/store/sqlite/secret-canary.test.ts'],
  },
  {
    name: 'a delivery that reached nobody is an alarm from two failures on only',
    file: 'src/store/sqlite/outbox/outbox-failures.ts',
    find: '(open > 0 || gone >= allGoneMin)',
    put: '(open > 1 || gone >= allGoneMin)',
    tests: ['tests/store/sqlite/outbox/outbox-failures.test.ts'],
  },
  {
    name: 'old deliveries are kept for ever',
    file: 'src/store/sqlite/outbox/outbox-prune.ts',
    find: 'nowMs - deliveryKeptMs',
    put: '0 * nowMs',
    tests: ['tests/store/sqlite/outbox/outbox-failures.test.ts'],
  },
  {
    name: 'a clock that is behind is not seen',
    file: 'src/push/send/send-push.ts',
    find: '!(Math.abs(offMs) > clockOffMsMax)',
    put: '!(offMs > clockOffMsMax)',
    tests: ['tests/push/send/send-push.test.ts'],
  },
  {
    name: 'padded keys are brought in with their padding',
    file: 'src/push/subscriptions/import-line.ts',
    find: "replace(/={1,2}$/, '')",
    put: "replace(/==$/, '')",
    tests: ['tests/push/subscriptions/import-line.test.ts'],
  },
]
