import type { Bug } from '../bugs.ts'

const socket = ['tests/node/streams/socket.test.ts']
const requests = ['tests/protocol/stream-request.test.ts']
const refusals = ['tests/http/api/event-refusal.test.ts']
const messages = ['tests/protocol/socket-message.test.ts']

/** Bugs in what readers of live streams may send and ask for. */
export const streamsBugs: readonly Bug[] = [
  {
    name: 'pongs are not counted against what a reader may send',
    file: 'src/node/streams/reader-socket.ts',
    find: "      case 'pong':\n        this.#admit()\n",
    put: "      case 'pong':\n        this.#isAlive = true\n",
    tests: socket,
  },
  {
    name: 'the rest of a flood is looked at while its socket closes',
    file: 'src/node/streams/reader-socket.ts',
    find: '    this.pause()\n    stopReceiver(this)\n',
    put: '',
    tests: socket,
  },
  {
    name: 'whoever takes nothing is read from all the same',
    file: 'src/node/streams/reader-socket.ts',
    find: 'if (!isTaken) this.pause()',
    put: '',
    tests: socket,
  },
  {
    name: 'a reader who takes again is never read from again',
    file: 'src/node/streams/reader-socket.ts',
    find: "if (this.isPaused && !this.#isCut && this.subscriber.state !== 'full') this.resume()",
    put: '',
    tests: socket,
  },
  {
    name: 'one message may have any number of parts',
    file: 'src/node/streams/socket.ts',
    find: ', maxFragments: fragmentsMax }',
    put: ', maxFragments: 0 }',
    tests: socket,
  },
  {
    name: 'mistakes are never forgotten',
    file: 'src/protocol/token-bucket.ts',
    find: 'this.#tokens + (passedMs / 1_000) * perSecond',
    put: 'this.#tokens',
    tests: [...messages, 'tests/protocol/token-bucket.test.ts'],
  },
  {
    name: 'an interest without languages wants them all',
    file: 'src/protocol/socket-message.ts',
    find: 'parseInterest({ languages, topics, ...wanted }, newsroom, given)',
    put: 'parseInterest({ topics, ...wanted }, newsroom, given)',
    tests: messages,
  },
  {
    name: 'a ping with a field beside its type is a mistake',
    file: 'src/protocol/socket-message.ts',
    find: 'if (word !== null && pingWord.test(word.trim())) return',
    put: 'if (word !== null && pingWord.test(word.trim()) && Object.keys(message).length === 1) return',
    tests: messages,
  },
  {
    name: 'an id of another server ends the reader',
    file: 'src/protocol/stream-request.ts',
    find: 'if (error instanceof Problem) return elsewhere',
    put: '',
    tests: requests,
  },
  {
    name: 'a reader whose topics are all gone hears every topic',
    file: 'src/protocol/stream-request.ts',
    find: "|| kept.every((item) => item === '') ? list : kept.join(',')",
    put: "? list : kept.join(',')",
    tests: requests,
  },
  {
    name: 'a first request may name what there is not',
    file: 'src/protocol/stream-request.ts',
    find: 'const known = isReturning(readAfter) ?',
    put: 'const known = query !== undefined ?',
    tests: requests,
  },
  {
    name: 'who comes back to less is not told what holds',
    file: 'src/hub/hub.ts',
    find: 'subscriber.interestPending = confirmsInterest',
    put: '',
    tests: ['tests/hub/hub.test.ts'],
  },
  {
    name: 'a temporary refusal ends an EventSource for good',
    file: 'src/http/api/event-refusal.ts',
    find: 'return status === 429 || status === 503',
    put: 'return status === 503',
    tests: refusals,
  },
  {
    name: 'those who were refused writeBatch come back together',
    file: 'src/http/api/event-refusal.ts',
    find: 'leastMs + Math.floor(random() * leastMs)',
    put: 'leastMs',
    tests: refusals,
  },
  {
    name: 'all of IPv4 behind NAT64 is one address',
    file: 'src/http/rate-limit-address.ts',
    find: 'if (translated !== null) return translated',
    put: '',
    tests: ['tests/http/rate-limit-address.test.ts'],
  },
]
