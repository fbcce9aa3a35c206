import { bundlesBugs } from './bugs-bundles.ts'
import { clientBugs } from './bugs-client.ts'
import { commandBugs } from './bugs-commands.ts'
import { deskBugs } from './bugs-desk.ts'
import { doorsBugs } from './bugs-doors.ts'
import { droppedBugs } from './bugs-dropped.ts'
import { houseBugs } from './bugs-house.ts'
import { keysBugs } from './bugs-keys.ts'
import { operateBugs } from './bugs-operate.ts'
import { outsideBugs } from './bugs-outside.ts'
import { peersBugs } from './bugs-peers.ts'
import { processesBugs } from './bugs-processes.ts'
import { pushBugs } from './bugs-push.ts'
import { queriesBugs } from './bugs-queries.ts'
import { readsBugs } from './bugs-reads.ts'
import { sendingBugs } from './bugs-sending.ts'
import { standingBugs } from './bugs-standing.ts'
import { startBugs } from './bugs-start.ts'
import { storageBugs } from './bugs-storage.ts'
import { streamsBugs } from './bugs-streams.ts'
import { takebackBugs } from './bugs-takeback.ts'
import { webBugs } from './bugs-web.ts'
import { workersBugs } from './bugs-workers.ts'
import { writesBugs } from './bugs-writes.ts'

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

const hub = ['tests/hub.test.ts']
const together = ['tests/together.test.ts']

export const bugs: readonly Bug[] = [
  {
    name: 'the log looks for the idempotency key of nobody',
    file: 'src/store/sqlite-log.ts',
    find: 'selectByKey, it)',
    put: "selectByKey, '')",
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: 'another body under the same key is taken for the same',
    file: 'src/store/sqlite-log.ts',
    find: 'if (first.intention !== asked) throw keyReused()',
    put: '',
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: 'commits are not synced to the disk',
    file: 'src/node/sqlite.ts',
    find: "sync: keyof typeof synchronous = 'full'",
    put: "sync: keyof typeof synchronous = 'normal'",
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: 'a failed write is not rolled back',
    file: 'src/node/sqlite.ts',
    find: "if (database.isTransaction) prepared('rollback').run()\n        throw error",
    put: "prepared('commit').run()\n        throw error",
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: 'a reader who joins during a sweep ends it one place early',
    file: 'src/subscriber.ts',
    find: 'if (free === undefined && this.#left > 0) this.#left += 1',
    put: '',
    tests: hub,
  },
  {
    name: 'a full reader is written to',
    file: 'src/hub.ts',
    find: "if (subscriber.awaited || subscriber.state === 'full' || subscriber.state === 'gone') return",
    put: "if (subscriber.awaited || subscriber.state === 'gone') return",
    tests: hub,
  },
  {
    name: 'a reader for whom the log is being read is brought on by others too',
    file: 'src/hub.ts',
    find: 'if (subscriber.awaited || ',
    put: 'if (',
    tests: hub,
  },
  {
    name: 'the ring is off by one',
    file: 'src/hot.ts',
    find: 'this.#first += this.#framed.length - this.#max',
    put: 'this.#first += this.#framed.length - this.#max + 1',
    tests: hub,
  },
  {
    name: 'the hub takes an entry that is not the next',
    file: 'src/hot.ts',
    find: 'if (entry.seq !== this.head + 1) throw',
    put: 'if (entry.seq < 0) throw',
    tests: hub,
  },
  {
    name: 'a reader goes live before the end of the replay',
    file: 'src/hub.ts',
    find: 'if (subscriber.seq < this.#hot.head) {',
    put: 'if (subscriber.seq < 0) {',
    tests: hub,
  },
  {
    name: 'after a read of the log the reader is taken to be at the head',
    file: 'src/hub.ts',
    find: "subscriber.awaited = false\n    if (subscriber.state !== 'behind') return",
    put: "subscriber.awaited = false\n    subscriber.seq = this.#hot.head\n    if (subscriber.state !== 'behind') return",
    tests: hub,
  },
  {
    name: 'the end of a replay is not said',
    file: 'src/hub.ts',
    find: "subscriber.owesLive = start.resume === 'replay'",
    put: 'subscriber.owesLive = false',
    tests: hub,
  },
  {
    name: 'a slow reader is never cut',
    file: 'src/hub.ts',
    find: "if (subscriber?.state === 'full') this.#cutIfTooSlow(subscriber)",
    put: '',
    tests: hub,
  },
  {
    name: 'a cursor from the future is taken as live',
    file: 'src/log.ts',
    find: "if (cursor.seq > head) return reset('cursor-ahead')",
    put: "if (cursor.seq > head) return { resume: 'live', seq: head }",
    tests: ['tests/log.test.ts', ...hub],
  },
  {
    name: 'the floor is one too high',
    file: 'src/log.ts',
    find: 'if (cursor.seq < floor - 1)',
    put: 'if (cursor.seq < floor)',
    tests: ['tests/log.test.ts'],
  },
  {
    name: 'the audiences mix',
    file: 'src/interest.ts',
    find: 'if (interest.audience !== alert.audience && interest.isDesk !== true) return null',
    put: '',
    tests: ['tests/interest.test.ts'],
  },
  {
    name: 'interests that differ in level share a group',
    file: 'src/interest.ts',
    find: 'interestKey({ audience, isDesk, languages, topics, level }: Interest): string {',
    put: "interestKey({ audience, isDesk, languages, topics, level }: Interest): string {\n  level = 'flash'",
    tests: ['tests/interest.test.ts', ...hub],
  },
  {
    name: 'the ring during a read is lost, and the poll with it',
    file: 'src/follow.ts',
    find: 'await Promise.race([rung, house.sleep(house.pollMs ?? pollMsUsual, signal)])',
    put: 'await bell.next()',
    tests: ['tests/follow.test.ts'],
  },
  {
    name: 'a page that could not be read is skipped',
    file: 'src/follow.ts',
    find: 'if (page === null) {',
    put: 'if (page === null) {\n        seq += 1',
    tests: ['tests/follow.test.ts'],
  },
  {
    name: 'a correction may narrow the topics',
    file: 'src/change.ts',
    find: 'if (narrowed)',
    put: 'if (narrowed && latest.version < 0)',
    tests: ['tests/change.test.ts'],
  },
  {
    name: 'a retraction keeps the first expiry',
    file: 'src/change.ts',
    find: 'expiresAt: expiresAt ?? expiryAfter(change, latest, level, at),',
    put: 'expiresAt: expiresAt ?? latest.expiresAt,',
    tests: ['tests/change.test.ts'],
  },
  {
    name: 'raw frames overtake what the stream has queued',
    file: 'src/node/raw-write.ts',
    find: 'this.#held || this.#socket.writableLength > 0',
    put: 'false',
    tests: ['tests/socket.test.ts'],
  },
  {
    name: 'a bad message is answered but not closed',
    file: 'src/node/reader-socket.ts',
    find: 'this.#end(closeBadMessage, trouble.code)',
    put: '',
    tests: ['tests/socket.test.ts'],
  },
  {
    name: 'a silent reader is kept for ever',
    file: 'src/node/reader-socket.ts',
    find: 'this.#heard = false\n',
    put: '\n',
    tests: ['tests/socket.test.ts'],
  },
  {
    name: 'a process that hangs is left alone',
    file: 'src/node/watch.ts',
    find: '  worst.kill()\n',
    put: '',
    tests: ['tests/watch.test.ts'],
  },
  {
    name: 'an event stream does not say how often it is heard',
    file: 'src/node/event-stream.ts',
    find: "  outgoing.setHeader('Heartbeat-Seconds', house.hub.limits.heartbeatSeconds)\n",
    put: '',
    tests: ['tests/event-stream.test.ts'],
  },
  {
    name: 'a refused handshake keeps its place',
    file: 'src/node/socket.ts',
    find: 'if (!isIn) house.admission.leave(address)',
    put: '',
    tests: ['tests/limits.test.ts'],
  },
  {
    name: 'who may listen to tests is remembered by the address',
    file: 'src/node/socket-request.ts',
    find: 'return { ...parse(credential !== null), credential }',
    put: 'const it = { ...parse(credential !== null), credential }\n        known.set(address, it)\n        return it',
    tests: ['tests/socket-request.test.ts'],
  },
  {
    name: 'returning readers are served from the log, not from memory',
    file: 'src/hot.ts',
    find: 'this.#framed = recent.map((entry) => new Framed(entry))',
    put: 'this.#first += recent.length',
    tests: hub,
  },
  {
    name: 'a storm of those who return takes the time of those who are live',
    file: 'src/turns.ts',
    find: 'if (beyond <= 0) return true',
    put: 'return beyond <= 0',
    tests: ['tests/turns.test.ts'],
  },
  {
    name: 'a process takes more readers than it may open files',
    file: 'src/node/surface.ts',
    find: 'Math.min(connectionsMax, files.streamsMax)',
    put: 'Math.max(connectionsMax, files.streamsMax)',
    tests: ['tests/open-files.test.ts'],
  },
  {
    name: 'unbalanced bidirectional marks stay',
    file: 'src/text.ts',
    find: 'return balance(plain).trim()',
    put: 'return plain.trim()',
    tests: ['tests/text.test.ts'],
  },
  {
    name: 'a reader tells before it is stored: the answer goes out ahead of the commit',
    file: 'src/store/sqlite-log.ts',
    find: 'const { entry, fresh } = this.#sql.transaction(() => {',
    put: 'for (const ring of this.#rings) ring()\n    const { entry, fresh } = this.#sql.transaction(() => {',
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: 'a batch on loan is sent to its end whatever happens',
    file: 'src/push/pusher.ts',
    find: "if ((await run.standing()) !== 'due') return later(run, due, now())",
    put: '',
    tests: ['tests/pusher.test.ts'],
  },
  {
    name: 'a batch is looked at once only',
    file: 'src/push/push-run.ts',
    find: 'if (agoMs < 0 || agoMs >= lookEveryMs)',
    put: 'if (lookedMs === Number.NEGATIVE_INFINITY)',
    tests: ['tests/pusher.test.ts'],
  },
  {
    name: 'what is paused is lent',
    file: 'src/store/sqlite-outbox.ts',
    find: 'if (pause !== null && holds(pause, JSON.parse(row.entry) as Entry)) continue',
    put: '',
    tests: ['tests/sqlite-outbox.test.ts'],
  },
  {
    name: 'a stop forgets what is not opened yet',
    file: 'src/store/sqlite-outbox.ts',
    find: 'this.#parts.sql.run(saveStop, alertId, through)',
    put: '',
    tests: ['tests/sqlite-outbox.test.ts'],
  },
  {
    name: 'a pause of which nothing is left holds everything',
    file: 'src/pause.ts',
    find: 'return languages.length === 0 && topics.length === 0 ? null : { languages, topics }',
    put: 'return { languages, topics }',
    tests: ['tests/pause.test.ts'],
  },
  {
    name: 'a pause holds retractions',
    file: 'src/pause.ts',
    find: "if (pause === null || kind === 'retraction') return false",
    put: 'if (pause === null) return false',
    tests: ['tests/pause.test.ts'],
  },
  {
    name: 'a known key is refused during a pause',
    file: 'src/store/sqlite-log.ts',
    find: 'const first = this.#known(change.by, key)',
    put: 'refusePaused(readPause(this.#sql), { kind: change.kind, alert: applyChange(change, null) })\n        const first = this.#known(change.by, key)',
    tests: ['tests/sqlite-log.test.ts'],
  },
  {
    name: 'the deletion breaker deletes',
    file: 'src/store/outbox-settle.ts',
    find: 'sql.run(forgetGone, seq)\n',
    put: 'for (const { row_id } of sql.all<{ row_id: number }>(selectGone, seq)) deleteSubscription(sql, row_id)\n',
    tests: ['tests/sqlite-outbox.test.ts'],
  },
  {
    name: 'an answer whose body does not end is no answer',
    file: 'src/node/http2-link.ts',
    find: "this.#cancel(stream, ask, 'no answer in time')",
    put: "ask.answer = null\n      this.#cancel(stream, ask, 'no answer in time')",
    tests: ['tests/push-send.test.ts'],
  },
  {
    name: 'a subscription is answered before its commit',
    file: 'src/store/group-commit.ts',
    find: 'group.map(({ act }) => act()))',
    put: 'group.map(({ act, resolve }) => { const result = act(); resolve(result); throw new Error("late") }))',
    tests: ['tests/group-commit.test.ts'],
  },
  {
    name: 'a subscription that fails takes its group with it',
    file: 'src/store/group-commit.ts',
    find: 'this.#eachAlone(group)\n    }',
    put: "for (const { reject } of group) reject(new Error('no'))\n    }",
    tests: ['tests/group-commit.test.ts'],
  },
  {
    name: 'an import takes a subscription for known whoever has its keys',
    file: 'src/store/sqlite-subscriptions.ts',
    find: "return sameBytes(known.address_hash, ready.addressHash) ? 'kept' : 'taken'",
    put: "return 'kept'",
    tests: ['tests/sqlite-subscriptions.test.ts'],
  },
  {
    name: 'a subscription that leaves stays counted at its push service',
    file: 'src/store/push-tables.ts',
    find: 'leavePlace(sql, host, vapid_key_id)\n  }',
    put: '}',
    tests: ['tests/sqlite-subscriptions.test.ts'],
  },
  {
    name: 'a subscription is kept under the present VAPID key whatever its own',
    file: 'src/http/vapid.ts',
    find: 'if (found !== undefined) return found.keyId',
    put: 'if (found !== undefined) return vapid.keyId',
    tests: ['tests/desk-subscriptions.test.ts', 'tests/subscriptions.test.ts'],
  },
  {
    name: 'a new VAPID key forgets the former subscription keys',
    file: 'src/node/vapid-keys.ts',
    find: 'const next = turned(ring, present)',
    put: 'const next: VapidKeyRing = [present]',
    tests: ['tests/vapid-keys.test.ts'],
  },
  {
    name: "the doctor's test alert goes to readers",
    file: 'src/cli/doctor-try.ts',
    find: "audience: 'test'",
    put: "audience: 'public'",
    tests: ['tests/cli-doctor.test.ts'],
  },
  {
    name: 'any number of subscriptions is worked on at a time',
    file: 'src/http/at-once.ts',
    find: "if (this.#running >= this.#most) return 'full'",
    put: '',
    tests: ['tests/subscriptions.test.ts'],
  },
  {
    name: 'an IP address passes where an operator allows its text',
    file: 'src/push/services.ts',
    find: 'if (/^\\[|^\\d+(\\.\\d+){3}$/.test(url.hostname)) return',
    put: "if (url.hostname === '') return",
    tests: ['tests/address.test.ts'],
  },
  {
    name: 'a client without a WebSocket waits before it takes the event stream',
    file: 'src/client/line.ts',
    find: 'end({ error, unavailable: true })',
    put: 'end({ error })',
    tests: ['tests/client-events.test.ts'],
  },
  {
    name: 'the counts of a process that ended are forgotten',
    file: 'src/node/ledger.ts',
    find: 'this.#former = added(this.#former, last)',
    put: '',
    tests: ['tests/ledger.test.ts'],
  },
  {
    name: 'a fan-out for nobody lasts until the next one',
    file: 'src/node/tally.ts',
    find: 'if (size === 0) return\n',
    put: '',
    tests: ['tests/metrics.test.ts'],
  },
  {
    name: 'a stop waits until everything that piled up has been opened',
    file: 'src/push/dispatch.ts',
    find: 'if (signal?.aborted) return count\n',
    put: '',
    tests: ['tests/dispatch.test.ts'],
  },
  {
    name: 'each process keeps the limit of an address for itself',
    file: 'src/node/admission.ts',
    find: "if (answer === 'none') throw this.#tooMany()",
    put: '',
    tests: ['tests/address-places.test.ts'],
  },
  {
    name: 'the second frame in one step goes before the rest of the first',
    file: 'src/node/together.ts',
    find: 'if (outlet.gathering === this.#gathering) this.#flush()',
    put: '',
    tests: together,
  },
  {
    name: 'what the kernel took of a frame is sent again with the rest',
    file: 'src/node/together.ts',
    find: 'taken > 0 ? bytes.subarray(taken) : bytes',
    put: 'bytes',
    tests: together,
  },
  {
    name: 'a frame that the kernel did not take is forgotten',
    file: 'src/node/together.ts',
    find: 'else outlet.writeQueued(taken > 0',
    put: 'else if (taken > 0) outlet.writeQueued(taken > 0',
    tests: together,
  },
  {
    name: 'gathered frames are torn into what the stream is writing',
    file: 'src/node/raw-write.ts',
    find: 'this.#socket.destroyed || this.#isQueued ? -1',
    put: 'this.#socket.destroyed ? -1',
    tests: together,
  },
  {
    name: 'a step that throws keeps what was written in it',
    file: 'src/node/together.ts',
    find: "      this.#state = 'apart'\n      this.#flush()",
    put: "      this.#state = 'apart'",
    tests: together,
  },
  {
    name: 'results of the ring stand one place off',
    file: 'src/node/send-ring.ts',
    find: 'results[(slot - first) & this.#entriesMask]',
    // The first stands where it should: a ring that is wrong from the start is not used at all.
    put: 'results[Math.max(0, ((slot - first) & this.#entriesMask) - 1)]',
    tests: ['tests/send-ring.test.ts'],
  },
  {
    name: 'newcomers do not wait for the live',
    file: 'src/node/newcomers.ts',
    find: 'return this.#house.hub.sweeping || this.#waiting.length > 0',
    put: 'return false',
    tests: ['tests/newcomers.test.ts'],
  },
  {
    name: 'newcomers wait for as long as alerts follow each other',
    file: 'src/node/newcomers.ts',
    find: ' || waitedMs > waitMsMax',
    put: '',
    tests: ['tests/newcomers.test.ts'],
  },
  {
    name: 'a sweep with nobody live never ends',
    file: 'src/sweep.ts',
    find: 'if (this.#underWay && !this.#places.inRound) {',
    put: 'if (this.#underWay && !this.#places.inRound && this.#places.size > 0) {',
    tests: hub,
  },
  ...peersBugs,
  ...deskBugs,
  ...droppedBugs,
  ...clientBugs,
  ...commandBugs,
  ...bundlesBugs,
  ...houseBugs,
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
  ...doorsBugs,
  ...processesBugs,
  ...sendingBugs,
  ...webBugs,
  ...workersBugs,
]
