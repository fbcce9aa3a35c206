import type { Bug } from '../bugs.ts'

/** Bugs in `src/node/push`. */
export const nodePushBugs: readonly Bug[] = [
  {
    name: 'an answer whose body does not end is no answer',
    file: 'src/node/push/http2/http2-connection.ts',
    find: "this.#cancel(stream, ask, 'no answer in time')",
    put: "ask.answer = null\n      this.#cancel(stream, ask, 'no answer in time')",
    tests: ['tests/node/push/connections/connection-pool.test.ts'],
  },
  {
    name: 'a new VAPID key forgets the former subscription keys',
    file: 'src/node/push/push-key-files.ts',
    find: 'const next = rotated(keySet, present)',
    put: 'const next: VapidKeySet = [present]',
    tests: ['tests/node/push/push-key-files.test.ts'],
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
    tests: ['tests/node/push/http2/http2-goaway.test.ts'],
  },
  {
    name: 'the last stream of a GOAWAY is taken for one that was not looked at',
    file: 'src/node/push/http2/http2-connection.ts',
    find: 'if (stream <= last) continue',
    put: 'if (stream < last) continue',
    tests: ['tests/node/push/http2/http2-goaway.test.ts'],
  },
  {
    name: 'a host that failed is looked up again at once',
    file: 'src/node/push/connections/host-lookup.ts',
    find: 'failedFirstMs * 2 ** Math.min(failures - 1, 20)',
    put: '0 * failures * failedFirstMs',
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
    name: 'the outage of our own name server is each host’s',
    file: 'src/node/push/connections/host-lookup.ts',
    find: 'isCertain ? failedMsMax : unknownMsMax',
    put: 'failedMsMax',
    tests: ['tests/node/push/unknown-hosts.test.ts'],
  },
  {
    name: 'a proxy’s password that does not decode is met at the first push',
    file: 'src/node/push/connections/proxy-setting.ts',
    find: 'if (credentialsOf(url) === null)',
    put: 'if (url === null)',
    tests: ['tests/node/push/connections/outgoing-proxy.test.ts', 'tests/node/config-mistakes.test.ts'],
  },
  {
    name: 'a wrong proxy is no mistake in the settings',
    file: 'src/node/config.ts',
    find: ', ...proxyMistakes(given))',
    put: ')',
    tests: ['tests/node/config-mistakes.test.ts'],
  },
  {
    name: 'random bytes are given twice',
    file: 'src/node/push/node-address-encryption.ts',
    find: '  used += length\n',
    put: '',
    tests: ['tests/node/push/node-address-encryption.test.ts'],
  },
  {
    name: 'a new window of streams forgets what was sent in the old one',
    file: 'src/node/push/http2/http2-uploads.ts',
    find: 'upload.window += checked(value) - this.#streamWindow',
    put: 'upload.window = checked(value)',
    tests: ['tests/node/push/http2/http2-uploads.test.ts'],
  },
  {
    name: 'bytes of one stream are not taken from the window of all',
    file: 'src/node/push/http2/http2-uploads.ts',
    find: '      this.#window -= bytes\n',
    put: '',
    tests: ['tests/node/push/http2/http2-uploads.test.ts'],
  },
  {
    name: 'headers are sent by the indices that they had in an older table',
    file: 'src/node/push/http2/hpack.ts',
    find: 'encoded.version === version && ',
    put: '',
    tests: ['tests/node/push/http2/hpack.test.ts'],
  },
  {
    name: 'a push without a body does not end',
    file: 'src/node/push/http2/http2-uploads.ts',
    find: 'body.length === 0 ? flag.endStream : 0',
    put: '0',
    tests: ['tests/node/push/http2/http2-uploads.test.ts'],
  },
  {
    name: 'a larger frame than the service takes is sent',
    file: 'src/node/push/http2/http2-uploads.ts',
    find: 'Math.max(frameBytesLeast, value)',
    put: 'Math.max(frameBytesLeast * 4, value)',
    tests: ['tests/node/push/http2/http2-uploads.test.ts'],
  },
  {
    name: 'a record that was taken lies on in memory',
    file: 'src/node/push/prepared-keys/prepared-keys.ts',
    find: '      record.fill(0)\n      this.#tags.fill',
    put: '      this.#tags.fill',
    tests: ['tests/node/push/prepared-keys/prepared-keys.test.ts'],
  },
  {
    name: 'keys that are none cost their slot for ever',
    file: 'src/node/push/prepared-keys/prepared-keys.ts',
    find: '      record.fill(0)\n      Atomics.store(this.#states, slot, free)\n      throw error',
    put: '      throw error',
    tests: ['tests/node/push/prepared-keys/prepared-keys.test.ts'],
  },
  {
    name: 'a record that makes way is counted on',
    file: 'src/node/push/prepared-keys/prepared-keys.ts',
    find: '    Atomics.sub(this.#counts, readyCount, 1)\n    this.#fill(other',
    put: '    this.#fill(other',
    tests: ['tests/node/push/prepared-keys/prepared-keys.test.ts'],
  },
  {
    name: 'web-push makes a second record of a text that is too long for one',
    file: 'src/node/push/web-push/web-push-seal.ts',
    find: 'if (payload.length > plainBytesMax)',
    put: 'if (payload.length > 2 * plainBytesMax)',
    tests: ['tests/node/push/web-push/web-push-seal.test.ts'],
  },
  {
    name: 'a database that is busy for a moment is reported as an error',
    file: 'src/node/push/follow-log.ts',
    find: 'if (busyTimes === 0 || busyTimes >= busyTimesMax) report(',
    put: 'report(',
    tests: ['tests/node/push/follow-log.test.ts'],
  },
]
