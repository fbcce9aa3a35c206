import { appBugs } from './bugs/bugs-app.ts'
import { bundlesBugs } from './bugs/bugs-bundles.ts'
import { clientBugs } from './bugs/bugs-client.ts'
import { commandBugs } from './bugs/bugs-commands.ts'
import { deployBugs } from './bugs/bugs-deploy.ts'
import { deskBugs } from './bugs/bugs-desk.ts'
import { documentBugs } from './bugs/bugs-documents.ts'
import { keysBugs } from './bugs/bugs-keys.ts'
import { newsroomBugs } from './bugs/bugs-newsroom.ts'
import { operateBugs } from './bugs/bugs-operate.ts'
import { outsideBugs } from './bugs/bugs-outside.ts'
import { peersBugs } from './bugs/bugs-peers.ts'
import { processesBugs } from './bugs/bugs-processes.ts'
import { pushBugs } from './bugs/bugs-push.ts'
import { queriesBugs } from './bugs/bugs-queries.ts'
import { readsBugs } from './bugs/bugs-reads.ts'
import { routesBugs } from './bugs/bugs-routes.ts'
import { sendingBugs } from './bugs/bugs-sending.ts'
import { standingBugs } from './bugs/bugs-standing.ts'
import { startBugs } from './bugs/bugs-start.ts'
import { storageBugs } from './bugs/bugs-storage.ts'
import { streamsBugs } from './bugs/bugs-streams.ts'
import { takebackBugs } from './bugs/bugs-takeback.ts'
import { webBugs } from './bugs/bugs-web.ts'
import { workersBugs } from './bugs/bugs-workers.ts'
import { writesBugs } from './bugs/bugs-writes.ts'

/** A bug planted on purpose: what stands in a file, what is put there instead, and the tests one of which must turn red. */
export type Bug = {
  readonly name: string
  readonly file: string
  /** Stands in the file once. When the code moves on, this is what to move with it. */
  readonly find: string
  readonly put: string
  readonly tests: readonly string[]
}

/** A file's text with the bug in it. Throws when its place is not there once: then nothing would be planted. */
export function planted({ name, file, find, put }: Omit<Bug, 'tests'>, text: string): string {
  const [before, after, ...more] = text.split(find)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(
      `“${name}”: its place is not in ${file} once. Find where this went, and move the bug with it:\n${find}`,
    )
  return before + put + after
}

const hub = ['tests/hub/hub.test.ts']
const writeBatch = ['tests/node/streams/io-uring/write-batch.test.ts']

export const bugs: readonly Bug[] = [
  {
    name: 'the log looks for the idempotency key of nobody',
    file: 'src/store/sqlite/sqlite-log.ts',
    find: 'selectByKey, it)',
    put: "selectByKey, '')",
    tests: ['tests/store/sqlite/sqlite-log.test.ts'],
  },
  {
    name: 'another body under the same key is taken for the same',
    file: 'src/store/sqlite/sqlite-log.ts',
    find: 'if (first.intention !== asked) throw keyReused()',
    put: '',
    tests: ['tests/store/sqlite/sqlite-log.test.ts'],
  },
  {
    name: 'commits are not synced to the disk',
    file: 'src/node/storage/sqlite-file.ts',
    find: "sync: keyof typeof synchronous = 'full'",
    put: "sync: keyof typeof synchronous = 'normal'",
    tests: ['tests/store/sqlite/sqlite-log.test.ts'],
  },
  {
    name: 'a failed write is not rolled back',
    file: 'src/node/storage/sqlite-file.ts',
    find: "if (database.isTransaction) prepared('rollback').run()\n        throw error",
    put: "prepared('commit').run()\n        throw error",
    tests: ['tests/store/sqlite/sqlite-log.test.ts'],
  },
  {
    name: 'a reader who joins during a sweep ends it one place early',
    file: 'src/hub/subscriber.ts',
    find: 'if (free === undefined && this.#left > 0) this.#left += 1',
    put: '',
    tests: hub,
  },
  {
    name: 'a full reader is written to',
    file: 'src/hub/hub.ts',
    find: "if (subscriber.readPending || subscriber.state === 'full' || subscriber.state === 'gone') return",
    put: "if (subscriber.readPending || subscriber.state === 'gone') return",
    tests: hub,
  },
  {
    name: 'a reader for whom the log is being read is brought on by others too',
    file: 'src/hub/hub.ts',
    find: 'if (subscriber.readPending || ',
    put: 'if (',
    tests: hub,
  },
  {
    name: 'the wake is off by one',
    file: 'src/hub/frame-cache.ts',
    find: 'this.#first += this.#framed.length - this.#max',
    put: 'this.#first += this.#framed.length - this.#max + 1',
    tests: hub,
  },
  {
    name: 'the hub takes an entry that is not the next',
    file: 'src/hub/frame-cache.ts',
    find: 'if (entry.seq !== this.head + 1) throw',
    put: 'if (entry.seq < 0) throw',
    tests: hub,
  },
  {
    name: 'a reader goes live before the end of the replay',
    file: 'src/hub/hub.ts',
    find: 'if (subscriber.seq < this.#frameCache.head) {',
    put: 'if (subscriber.seq < 0) {',
    tests: hub,
  },
  {
    name: 'after a read of the log the reader is taken to be at the head',
    file: 'src/hub/hub.ts',
    find: "subscriber.readPending = false\n    if (subscriber.state !== 'behind') return",
    put: "subscriber.readPending = false\n    subscriber.seq = this.#frameCache.head\n    if (subscriber.state !== 'behind') return",
    tests: hub,
  },
  {
    name: 'the end of a replay is not said',
    file: 'src/hub/hub.ts',
    find: "subscriber.livePending = start.resume === 'replay'",
    put: 'subscriber.livePending = false',
    tests: hub,
  },
  {
    name: 'a slow reader is never cut',
    file: 'src/hub/hub.ts',
    find: "if (subscriber?.state === 'full') this.#cutIfTooSlow(subscriber)",
    put: '',
    tests: hub,
  },
  {
    name: 'a cursor from the future is taken as live',
    file: 'src/log/log.ts',
    find: "if (cursor.seq > head) return reset('cursor-ahead')",
    put: "if (cursor.seq > head) return { resume: 'live', seq: head }",
    tests: ['tests/log/log.test.ts', ...hub],
  },
  {
    name: 'the floor is one too high',
    file: 'src/log/log.ts',
    find: 'if (cursor.seq < floor - 1)',
    put: 'if (cursor.seq < floor)',
    tests: ['tests/log/log.test.ts'],
  },
  {
    name: 'the audiences mix',
    file: 'src/domain/interest.ts',
    find: 'if (interest.audience !== alert.audience && interest.isDesk !== true) return null',
    put: '',
    tests: ['tests/domain/interest.test.ts'],
  },
  {
    name: 'interests that differ in level share a group',
    file: 'src/domain/interest.ts',
    find: 'interestKey({ audience, isDesk, languages, topics, level }: Interest): string {',
    put: "interestKey({ audience, isDesk, languages, topics, level }: Interest): string {\n  level = 'flash'",
    tests: ['tests/domain/interest.test.ts', ...hub],
  },
  {
    name: 'the wake during a read is lost, and the poll with it',
    file: 'src/log/follow.ts',
    find: 'await Promise.race([woken, deps.sleep(deps.pollMs ?? pollMsUsual, signal)])',
    put: 'await wakeUps.next()',
    tests: ['tests/log/follow.test.ts'],
  },
  {
    name: 'a page that could not be read is skipped',
    file: 'src/log/follow.ts',
    find: 'if (page === null) {',
    put: 'if (page === null) {\n        seq += 1',
    tests: ['tests/log/follow.test.ts'],
  },
  {
    name: 'a correction may narrow the topics',
    file: 'src/domain/change.ts',
    find: 'if (narrowed)',
    put: 'if (narrowed && latest.version < 0)',
    tests: ['tests/domain/change.test.ts'],
  },
  {
    name: 'a retraction keeps the first expiry',
    file: 'src/domain/change.ts',
    find: 'expiresAt: expiresAt ?? expiryAfter(change, latest, level, at),',
    put: 'expiresAt: expiresAt ?? latest.expiresAt,',
    tests: ['tests/domain/change.test.ts'],
  },
  {
    name: 'raw frames overtake what the stream has queued',
    file: 'src/node/streams/io-uring/raw-write.ts',
    find: 'this.#held || this.#socket.writableLength > 0',
    put: 'false',
    tests: ['tests/node/streams/socket.test.ts'],
  },
  {
    name: 'a bad message is answered but not closed',
    file: 'src/node/streams/reader-socket.ts',
    find: 'this.#end(closeBadMessage, error.code)',
    put: '',
    tests: ['tests/node/streams/socket.test.ts'],
  },
  {
    name: 'a silent reader is kept for ever',
    file: 'src/node/streams/reader-socket.ts',
    find: 'this.#isAlive = false\n',
    put: '\n',
    tests: ['tests/node/streams/socket.test.ts'],
  },
  {
    name: 'a process that hangs is left alone',
    file: 'src/node/cluster/liveness-watch.ts',
    find: '  worst.kill()\n',
    put: '',
    tests: ['tests/node/cluster/liveness-watch.test.ts'],
  },
  {
    name: 'an event stream does not say how often it is heard',
    file: 'src/node/streams/event-stream.ts',
    find: '    [heartbeatHeader]: String(heartbeatSeconds),\n',
    put: '',
    tests: ['tests/node/streams/event-stream.test.ts'],
  },
  {
    name: 'a request for a stream is looked for in the middle of another request',
    file: 'src/node/server/peer-connection.ts',
    find: '    if (this.#ahead !== null || !this.#parser.isAfterHead) return false\n    return this.#requests?.isAnswered === true && this.#mayParse\n',
    put: '    return this.#ahead === null && this.#mayParse\n',
    tests: ['tests/node/streams/accept-streams.test.ts'],
  },
  {
    name: 'an event stream that ends keeps its place',
    file: 'src/node/streams/raw-event-stream.ts',
    find: '    this.#deps.admission.leave(this.#address)\n',
    put: '',
    tests: ['tests/node/streams/event-stream.test.ts'],
  },
  {
    name: 'a field that stands twice is read without Node’s parser',
    file: 'src/node/server/parsing/request-head.ts',
    find: ' || key in headers',
    put: '',
    tests: ['tests/node/server/parsing/request-head.test.ts'],
  },
  {
    name: 'a refused handshake keeps its place',
    file: 'src/node/streams/socket.ts',
    find: 'if (!isIn) deps.admission.leave(address)',
    put: '',
    tests: ['tests/node/server/limits.test.ts'],
  },
  {
    name: 'who may listen to tests is remembered by the address',
    file: 'src/node/streams/socket-request.ts',
    find: 'return { ...parse(credential !== null), credential }',
    put: 'const it = { ...parse(credential !== null), credential }\n        known.set(address, it)\n        return it',
    tests: ['tests/node/streams/socket-request.test.ts'],
  },
  {
    name: 'returning readers are served from the log, not from memory',
    file: 'src/hub/frame-cache.ts',
    find: 'this.#framed = recent.map((entry) => new Framed(entry))',
    put: 'this.#first += recent.length',
    tests: hub,
  },
  {
    name: 'a storm of those who return takes the time of those who are live',
    file: 'src/hub/time-slice.ts',
    find: 'if (beyond <= 0) return true',
    put: 'return beyond <= 0',
    tests: ['tests/hub/time-slice.test.ts'],
  },
  {
    name: 'a process takes more readers than it may open files',
    file: 'src/node/app-deps.ts',
    find: 'Math.min(connectionsMax, files.streamsMax)',
    put: 'Math.max(connectionsMax, files.streamsMax)',
    tests: ['tests/node/server/open-files.test.ts'],
  },
  {
    name: 'unbalanced bidirectional marks stay',
    file: 'src/domain/text.ts',
    find: 'return balance(plain).trim()',
    put: 'return plain.trim()',
    tests: ['tests/domain/text.test.ts'],
  },
  {
    name: 'a reader tells before it is stored: the answer goes out ahead of the commit',
    file: 'src/store/sqlite/sqlite-log.ts',
    find: 'const { entry, fresh } = this.#sql.transaction(() => {',
    put: 'for (const wake of this.#wakes) wake()\n    const { entry, fresh } = this.#sql.transaction(() => {',
    tests: ['tests/store/sqlite/sqlite-log.test.ts'],
  },
  {
    name: 'a batch on loan is sent to its end whatever happens',
    file: 'src/push/send/pusher.ts',
    find: "if ((await run.standing()) !== 'due') return later(run, due, now())",
    put: '',
    tests: ['tests/push/send/pusher.test.ts'],
  },
  {
    name: 'a batch is looked at once only',
    file: 'src/push/send/batch-run.ts',
    find: 'if (agoMs < 0 || agoMs >= lookEveryMs)',
    put: 'if (lookedMs === Number.NEGATIVE_INFINITY)',
    tests: ['tests/push/send/pusher.test.ts'],
  },
  {
    name: 'what is paused is lent',
    file: 'src/store/sqlite/outbox/sqlite-outbox.ts',
    find: 'if (pause !== null && holds(pause, JSON.parse(row.entry) as Entry)) continue',
    put: '',
    tests: ['tests/store/sqlite/outbox/sqlite-outbox.test.ts'],
  },
  {
    name: 'a stop forgets what is not opened yet',
    file: 'src/store/sqlite/outbox/sqlite-outbox.ts',
    find: 'this.#deps.sql.run(saveStop, alertId, through)',
    put: '',
    tests: ['tests/store/sqlite/outbox/sqlite-outbox.test.ts'],
  },
  {
    name: 'a pause of which nothing is left holds everything',
    file: 'src/desk/pause.ts',
    find: 'return languages.length === 0 && topics.length === 0 ? null : { languages, topics }',
    put: 'return { languages, topics }',
    tests: ['tests/desk/pause.test.ts'],
  },
  {
    name: 'a pause holds retractions',
    file: 'src/desk/pause.ts',
    find: "if (pause === null || kind === 'retraction') return false",
    put: 'if (pause === null) return false',
    tests: ['tests/desk/pause.test.ts'],
  },
  {
    name: 'a known key is refused during a pause',
    file: 'src/store/sqlite/sqlite-log.ts',
    find: 'const first = this.#known(change.by, key)',
    put: 'refusePaused(readPause(this.#sql), { kind: change.kind, alert: applyChange(change, null) })\n        const first = this.#known(change.by, key)',
    tests: ['tests/store/sqlite/sqlite-log.test.ts'],
  },
  {
    name: 'the deletion breaker deletes',
    file: 'src/store/sqlite/outbox/outbox-settle.ts',
    find: 'sql.run(forgetGone, seq)\n',
    put: 'for (const { row_id } of sql.all<{ row_id: number }>(selectGone, seq)) deleteSubscription(sql, row_id)\n',
    tests: ['tests/store/sqlite/outbox/sqlite-outbox.test.ts'],
  },
  {
    name: 'an answer whose body does not end is no answer',
    file: 'src/node/push/http2/http2-connection.ts',
    find: "this.#cancel(stream, ask, 'no answer in time')",
    put: "ask.answer = null\n      this.#cancel(stream, ask, 'no answer in time')",
    tests: ['tests/node/push/connections/connection-pool.test.ts'],
  },
  {
    name: 'a subscription is answered before its commit',
    file: 'src/store/sqlite/group-commit.ts',
    find: 'group.map(({ act }) => act()))',
    put: 'group.map(({ act, resolve }) => { const result = act(); resolve(result); throw new Error("late") }))',
    tests: ['tests/store/sqlite/group-commit.test.ts'],
  },
  {
    name: 'a subscription that fails takes its group with it',
    file: 'src/store/sqlite/group-commit.ts',
    find: 'this.#eachAlone(group)\n    }',
    put: "for (const { reject } of group) reject(new Error('no'))\n    }",
    tests: ['tests/store/sqlite/group-commit.test.ts'],
  },
  {
    name: 'an import takes a subscription for known whoever has its keys',
    file: 'src/store/sqlite/sqlite-subscriptions.ts',
    find: "return sameBytes(known.address_hash, ready.addressHash) ? 'kept' : 'taken'",
    put: "return 'kept'",
    tests: ['tests/store/sqlite/sqlite-subscriptions.test.ts'],
  },
  {
    name: 'a subscription that leaves stays counted at its push service',
    file: 'src/store/sqlite/push-tables.ts',
    find: 'decrementHostCount(sql, host, vapid_key_id)\n  }',
    put: '}',
    tests: ['tests/store/sqlite/sqlite-subscriptions.test.ts'],
  },
  {
    name: 'a subscription is kept under the present VAPID key whatever its own',
    file: 'src/push/crypto/public-vapid.ts',
    find: 'if (found !== undefined) return found.keyId',
    put: 'if (found !== undefined) return vapid.keyId',
    tests: ['tests/http/api/desk/desk-subscriptions.test.ts', 'tests/http/api/subscriptions.test.ts'],
  },
  {
    name: 'a new VAPID key forgets the former subscription keys',
    file: 'src/node/push/vapid-keys.ts',
    find: 'const next = turned(keySet, present)',
    put: 'const next: VapidKeySet = [present]',
    tests: ['tests/node/push/vapid-keys.test.ts'],
  },
  {
    name: "the doctor's test alert goes to readers",
    file: 'src/cli/doctor/doctor-try.ts',
    find: "audience: 'test'",
    put: "audience: 'public'",
    tests: ['tests/cli/doctor/doctor.test.ts'],
  },
  {
    name: 'any number of subscriptions is worked on at a time',
    file: 'src/push/subscriptions/concurrency-limit.ts',
    find: "if (this.#running >= this.#most) return 'full'",
    put: '',
    tests: ['tests/http/api/subscriptions.test.ts'],
  },
  {
    name: 'an IP address passes where an operator allows its text',
    file: 'src/push/subscriptions/push-services.ts',
    find: 'if (/^\\[|^\\d+(\\.\\d+){3}$/.test(url.hostname)) return',
    put: "if (url.hostname === '') return",
    tests: ['tests/push/subscriptions/push-address.test.ts'],
  },
  {
    name: 'a client without a WebSocket waits before it takes the event stream',
    file: 'src/client/stream-connection.ts',
    find: 'end({ error, unavailable: true })',
    put: 'end({ error })',
    tests: ['tests/client/event-streams.test.ts'],
  },
  {
    name: 'the counts of a process that ended are forgotten',
    file: 'src/node/cluster/counter-totals.ts',
    find: 'this.#former = added(this.#former, last)',
    put: '',
    tests: ['tests/node/cluster/counter-totals.test.ts'],
  },
  {
    name: 'a fan-out for nobody lasts until the next one',
    file: 'src/node/streams/stream-counters.ts',
    find: 'if (size === 0) return\n',
    put: '',
    tests: ['tests/node/metrics.test.ts'],
  },
  {
    name: 'a stop waits until everything that piled up has been opened',
    file: 'src/push/outbox/outbox-opening.ts',
    find: 'if (signal?.aborted) return count\n',
    put: '',
    tests: ['tests/push/outbox/outbox-opening.test.ts'],
  },
  {
    name: 'each process keeps the limit of an address for itself',
    file: 'src/node/streams/admission.ts',
    find: "if (answer === 'none') throw this.#tooMany()",
    put: '',
    tests: ['tests/node/cluster/address-counts.test.ts'],
  },
  {
    name: 'the second frame in one step goes before the rest of the first',
    file: 'src/node/streams/io-uring/write-batch.ts',
    find: 'if (outlet.gathering === this.#gathering) this.#flush()',
    put: '',
    tests: writeBatch,
  },
  {
    name: 'what the kernel took of a frame is sent again with the rest',
    file: 'src/node/streams/io-uring/write-batch.ts',
    find: 'taken > 0 ? bytes.subarray(taken) : bytes',
    put: 'bytes',
    tests: writeBatch,
  },
  {
    name: 'a frame that the kernel did not take is forgotten',
    file: 'src/node/streams/io-uring/write-batch.ts',
    find: 'else outlet.writeQueued(taken > 0',
    put: 'else if (taken > 0) outlet.writeQueued(taken > 0',
    tests: writeBatch,
  },
  {
    name: 'gathered frames are torn into what the stream is writing',
    file: 'src/node/streams/io-uring/raw-write.ts',
    find: 'this.#socket.destroyed || this.#isQueued ? -1',
    put: 'this.#socket.destroyed ? -1',
    tests: writeBatch,
  },
  {
    name: 'a step that throws keeps what was written in it',
    file: 'src/node/streams/io-uring/write-batch.ts',
    find: "      this.#state = 'apart'\n      this.#flush()",
    put: "      this.#state = 'apart'",
    tests: writeBatch,
  },
  {
    name: 'results of the wake stand one place off',
    file: 'src/node/streams/io-uring/send-ring.ts',
    find: 'results[(slot - first) & this.#entriesMask]',
    // The first stands where it should: a ring that is wrong from the start is not used at all.
    put: 'results[Math.max(0, ((slot - first) & this.#entriesMask) - 1)]',
    tests: ['tests/node/streams/io-uring/send-ring.test.ts'],
  },
  {
    name: 'joinQueue do not wait for the live',
    file: 'src/node/streams/join-queue.ts',
    find: 'return this.#deps.hub.sweeping || this.#waiting.length > 0',
    put: 'return false',
    tests: ['tests/node/streams/join-queue.test.ts'],
  },
  {
    name: 'joinQueue wait for as long as alerts follow each other',
    file: 'src/node/streams/join-queue.ts',
    find: ' || waitedMs > waitMsMax',
    put: '',
    tests: ['tests/node/streams/join-queue.test.ts'],
  },
  {
    name: 'a sweep with nobody live never ends',
    file: 'src/hub/sweep.ts',
    find: 'if (this.#underWay && !this.#slots.inRound) {',
    put: 'if (this.#underWay && !this.#slots.inRound && this.#slots.size > 0) {',
    tests: hub,
  },
  ...peersBugs,
  ...deployBugs,
  ...documentBugs,
  ...deskBugs,
  ...newsroomBugs,
  ...clientBugs,
  ...commandBugs,
  ...bundlesBugs,
  ...appBugs,
  ...pushBugs,
  ...writesBugs,
  ...standingBugs,
  ...storageBugs,
  ...operateBugs,
  ...startBugs,
  ...streamsBugs,
  ...takebackBugs,
  ...readsBugs,
  ...keysBugs,
  ...queriesBugs,
  ...outsideBugs,
  ...routesBugs,
  ...processesBugs,
  ...sendingBugs,
  ...webBugs,
  ...workersBugs,
]
