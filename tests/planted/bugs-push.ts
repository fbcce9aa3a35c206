import type { Bug } from './bugs.ts'

const goaway = ['tests/http2-goaway.test.ts']

/** Bugs on the way to the push services. */
export const pushBugs: readonly Bug[] = [
  {
    name: 'a service rests for as long as the clock was ahead',
    file: 'src/push/pace.ts',
    find: 'nowMs >= this.#pausedFromMs && nowMs < this.#pausedUntilMs',
    put: 'nowMs < this.#pausedUntilMs',
    tests: ['tests/clock-steps.test.ts'],
  },
  {
    name: 'retries and leases of a clock that was ahead stay where they are',
    file: 'src/store/outbox-clock.ts',
    find: '  if (stepMs < stepMsMin) return\n',
    put: '  if (stepMs !== Number.NaN) return\n',
    tests: ['tests/pusher.test.ts'],
  },
  {
    name: 'a batch is gone on with under a clock that was set back',
    file: 'src/push/pusher.ts',
    find: 'leftMs >= requestMostMs && leftMs <= leaseMsMost',
    put: 'leftMs >= requestMostMs',
    tests: ['tests/pusher.test.ts'],
  },
  {
    name: 'what waits is begun on a connection that was sent away',
    file: 'src/node/http2-link.ts',
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
    file: 'src/node/http2-link.ts',
    find: 'if (stream <= last) continue',
    put: 'if (stream < last) continue',
    tests: goaway,
  },
  {
    name: 'strangers take as many places as everyone else',
    file: 'src/push/pusher.ts',
    find: 'if (!pace.isStranger) return this.#inPlace(run, due, pace)',
    put: 'if (pace !== null) return this.#inPlace(run, due, pace)',
    tests: ['tests/pusher.test.ts', 'tests/push-strangers.test.ts'],
  },
  {
    name: 'a host that failed is looked up again at once',
    file: 'src/node/host-lookup.ts',
    find: 'failedFirstMs * 2 ** Math.min(failures - 1, 20)',
    put: '0 * failures * failedFirstMs',
    tests: ['tests/push-strangers.test.ts'],
  },
  {
    name: 'below a suffix one host more is taken than there may be',
    file: 'src/store/push-tables.ts',
    find: '(found?.hosts ?? 0) < hostsPerSuffixMax',
    put: '(found?.hosts ?? 0) <= hostsPerSuffixMax',
    tests: ['tests/push-strangers.test.ts'],
  },
  {
    name: 'a token from before the clock was set back is used on',
    file: 'src/push/vapid.ts',
    find: ' && leftSeconds <= lifeSeconds',
    put: '',
    tests: ['tests/push-strangers.test.ts'],
  },
  {
    name: 'the proxy of the environment is passed over',
    file: 'src/node/push-link.ts',
    find: 'instead === undefined ? proxyFor(host) : null',
    put: 'instead === null ? proxyFor(host) : null',
    tests: ['tests/push-proxy.test.ts'],
  },
  {
    name: 'a database from before takes any secret',
    file: 'src/store/canary.ts',
    find: 'if (rows.length > 0 && !opened.includes(true)) return false',
    put: '',
    tests: ['tests/push-canary.test.ts'],
  },
  {
    name: 'a row that does not open is counted nowhere',
    file: 'src/store/outbox-settle.ts',
    find: 'batch.unreadable ?? []',
    put: 'batch.unreadable?.slice(0, 0) ?? []',
    tests: ['tests/push-canary.test.ts'],
  },
  {
    name: 'a delivery that reached nobody is an alarm from two failures on only',
    file: 'src/store/outbox-failures.ts',
    find: '(open > 0 || gone >= allGoneMin)',
    put: '(open > 1 || gone >= allGoneMin)',
    tests: ['tests/outbox-failures.test.ts'],
  },
  {
    name: 'old deliveries are kept for ever',
    file: 'src/store/outbox-prune.ts',
    find: 'nowMs - deliveryKeptMs',
    put: '0 * nowMs',
    tests: ['tests/outbox-failures.test.ts'],
  },
  {
    name: 'a clock that is behind is not seen',
    file: 'src/push/courier.ts',
    find: '!(Math.abs(offMs) > clockOffMsMax)',
    put: '!(offMs > clockOffMsMax)',
    tests: ['tests/courier.test.ts'],
  },
  {
    name: 'padded keys are brought in with their padding',
    file: 'src/http/subscription-line.ts',
    find: "replace(/={1,2}$/, '')",
    put: "replace(/==$/, '')",
    tests: ['tests/subscription-line.test.ts'],
  },
]
