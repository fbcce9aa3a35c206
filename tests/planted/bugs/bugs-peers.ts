import type { Bug } from '../bugs.ts'

const connections = ['tests/node/server/connections.test.ts']
const bodies = ['tests/http/limits-of-bodies.test.ts']
const files = ['tests/node/server/open-files.test.ts']
const streams = ['tests/protocol/stream-request.test.ts']
const requests = ['tests/node/server/request-check.test.ts']
const addresses = ['tests/http/rate-limit-address.test.ts']

/** Bugs in what bounds the peers: connections, bodies, addresses, and the messages they send. */
export const peersBugs: readonly Bug[] = [
  {
    name: 'a host that is none is not refused at the door',
    file: 'src/node/server/request-check.ts',
    find: 'if (headers.host && !URL',
    put: 'if (headers.host === null && !URL',
    tests: ['tests/node/server/request-check.test.ts'],
  },
  {
    name: 'a host that is none is read for',
    file: 'src/node/reads/read-request.ts',
    find: '  if (!URL.canParse(whole)) return null\n',
    put: '',
    tests: ['tests/node/reads/reads.test.ts'],
  },
  {
    name: 'trouble in answering one request leaves its connection open',
    file: 'src/node/server/connections.ts',
    find: '          incoming.socket.destroy()\n          this.#report',
    put: '          this.#report',
    tests: ['tests/node/server/connections.test.ts'],
  },
  {
    name: 'what a quick answer leaves in memory is not counted',
    file: 'src/node/server/connections.ts',
    find: '          await handle(incoming, outgoing)\n',
    put: '          void handle(incoming, outgoing)\n',
    tests: ['tests/node/server/connections.test.ts'],
  },
  {
    name: 'an ended connection is cut while its answer is still being taken',
    file: 'src/node/server/peer-clock.ts',
    find: 'if (peer.socket.writableLength === 0) return age',
    put: 'if (peer.socket.writableLength >= 0) return age',
    tests: connections,
  },
  {
    name: 'the next request is looked at before the answer is taken',
    file: 'src/node/server/peer-connection.ts',
    find: "return this.state === 'busy' && this.#queued === null && this.#current?.incoming.complete === false",
    put: 'return true',
    tests: connections,
  },
  {
    name: 'a body behind a request that had to wait is never read',
    file: 'src/node/server/peer-connection.ts',
    find: '    if (next !== undefined) this.#begin(next)\n',
    put: '    if (next !== undefined) return this.#begin(next)\n',
    tests: connections,
  },
  {
    name: 'the newest connection makes room instead of the oldest',
    file: 'src/node/server/connections.ts',
    find: 'const [longest] = this.#idle.size > 0 ? this.#idle : this.#plain',
    put: 'const longest = [...(this.#idle.size > 0 ? this.#idle : this.#plain)].at(-1)',
    tests: connections,
  },
  {
    name: 'what is no date of HTTP counts as one',
    file: 'src/http/conditional-requests.ts',
    find: 'const asked = parseHttpDate(since, nowMs)',
    put: 'const asked = Date.parse(since)',
    tests: ['tests/node/reads/reads.test.ts'],
  },
  {
    name: 'a day that its month does not have is the next month’s',
    file: 'src/http/http-date.ts',
    find: 'return day > 0 && day <= new Date(Date.UTC(year, at + 1, 0)).getUTCDate() ? ms : null',
    put: 'return ms',
    tests: ['tests/http/http-date.test.ts'],
  },
  {
    name: 'the id of a last event from elsewhere ends the stream for good',
    file: 'src/protocol/stream-request.ts',
    find: 'if (error instanceof Problem) return elsewhere',
    put: '',
    tests: streams,
  },
  {
    name: 'the Host header wins over the host of an absolute target',
    file: 'src/node/server/request-check.ts',
    find: 'else incoming.rawHeaders[at + 1] = host',
    put: '',
    tests: requests,
  },
  {
    name: 'a body in another coding beneath its chunks is taken as it is',
    file: 'src/node/server/request-check.ts',
    find: 'if (codings.length > 1)',
    put: 'if (codings.length > 2)',
    tests: requests,
  },
  {
    name: 'a body is asked for before its request is refused',
    file: 'src/node/server/server.ts',
    find: "  server.on('checkContinue', take)\n",
    put: '',
    tests: requests,
  },
  {
    name: 'a file that ended early is sent as if it were whole',
    file: 'src/node/server/guarded-body.ts',
    find: 'if (left !== 0) throw',
    put: 'if (left > length) throw',
    tests: ['tests/node/server/guarded-body.test.ts'],
  },
  {
    name: 'what the service itself opens after its start is not counted',
    file: 'src/node/server/open-files.ts',
    find: 'if (files !== null) this.#own = Math.max(files - connections, this.#own - 1)',
    put: '',
    tests: files,
  },
  {
    name: 'connections count as files of the service itself',
    file: 'src/node/server/open-files.ts',
    find: 'Math.max(files - connections, this.#own - 1)',
    put: 'Math.max(files, this.#own - 1)',
    tests: files,
  },
  {
    name: 'files that the service itself opens take none from connections that are there',
    file: 'src/node/server/connections.ts',
    find: 'while (this.size > this.#most && this.#makeRoom());',
    put: '',
    tests: connections,
  },
  {
    name: 'a connection that comes does not ask how many the files allow',
    file: 'src/node/server/connections.ts',
    find: 'if (this.size >= this.#most) this.#makeRoom()',
    put: 'if (this.size >= this.#limits.connectionsMax) this.#makeRoom()',
    tests: connections,
  },
  {
    name: 'bytes that were not taken count for each connection alone',
    file: 'src/node/server/connections.ts',
    find: 'this.#unread += peer.unread',
    put: 'this.#unread = peer.unread',
    tests: connections,
  },
  {
    name: 'a place is taken before the body has come',
    file: 'src/push/subscriptions/subscribe-limits.ts',
    find: 'const asked = await read()\n    const subscribed = await this.#saving.run(address, () => this.#subscribe(asked))',
    put: 'const subscribed = await this.#saving.run(address, async () => this.#subscribe(await read()))',
    tests: bodies,
  },
  {
    name: 'one address alone may have all places',
    file: 'src/push/subscriptions/concurrency-limit.ts',
    find: "if (this.#running >= this.#most / 2 && own >= this.#most / 8) return 'share'",
    put: '',
    tests: bodies,
  },
  {
    name: 'IPv6 addresses are counted one by one',
    file: 'src/http/rate-limit-address.ts',
    find: '(at < networkBits / 16 ? part : 0)',
    put: '(at < 8 ? part : networkBits)',
    tests: addresses,
  },
  {
    name: 'a mapped IPv4 address is another',
    file: 'src/http/rate-limit-address.ts',
    find: 'if (address.isIPv4MappedAddress()) return',
    put: 'if (address.range() === "loopback") return',
    tests: addresses,
  },
]
