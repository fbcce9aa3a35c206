import type { Bug } from './bugs.ts'

const goaway = ['tests/http2-goaway.test.ts']

/** Bugs on the way to the push services. */
export const pushBugs: readonly Bug[] = [
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
]
