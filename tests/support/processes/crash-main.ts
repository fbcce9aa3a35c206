import { existsSync } from 'node:fs'
import { ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { Hub } from '../../../src/hub/hub.ts'
import { RawWriter } from '../../../src/node/streams/io-uring/raw-write.ts'
import { warmUpEpoch } from '../../../src/node/streams/warm-up.ts'

// The real service, but the process kills itself (SIGKILL) at one named step of the first alert after ARM_FILE is there.

const point = process.env.CRASH_AT
const armed = () => existsSync(process.env.ARM_FILE ?? '')
const crash = () => process.kill(process.pid, 'SIGKILL')
let inAlert = false

const prepare = DatabaseSync.prototype.prepare
DatabaseSync.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql)
  // The warm-up publishes alerts too, into a database in memory.
  if (this.location() === null) return statement
  const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<typeof statement.run>
  statement.run = (...values: unknown[]) => {
    if (sql.startsWith('insert into entries') && armed()) inAlert = true
    if (point === 'before-commit' && inAlert && sql === 'commit') crash()
    const result = run(...values)
    if (point === 'between-inserts' && inAlert && sql.startsWith('insert into entries')) crash()
    if (point === 'after-commit' && inAlert && sql === 'commit') crash()
    return result
  }
  return statement
}

const deliver = Hub.prototype.deliver
Hub.prototype.deliver = function (entry) {
  const isReal = this.bounds.epoch !== warmUpEpoch
  if (point === 'before-deliver' && isReal && armed()) crash()
  deliver.call(this, entry)
  if (point === 'after-deliver' && isReal && armed()) crash()
}

const writeHead = ServerResponse.prototype.writeHead as (...args: unknown[]) => ServerResponse
ServerResponse.prototype.writeHead = function (this: ServerResponse, ...args: unknown[]) {
  const isWarmUp = String(this.req.headers['idempotency-key']).startsWith('warm-up-')
  if (point === 'before-answer' && args[0] === 201 && !isWarmUp && armed()) crash()
  return writeHead.apply(this, args)
} as typeof ServerResponse.prototype.writeHead

const write = RawWriter.prototype.write
let told = 0
RawWriter.prototype.write = function (bytes) {
  const text = Buffer.from(bytes)
  const alert = point === 'mid-sweep' && text.includes('"type":"alert"') && !text.includes(`"${warmUpEpoch}.`)
  if (alert && armed() && ++told === 4) {
    // What was written before must be able to reach its readers, or nothing would have been half done.
    setTimeout(crash, 50)
  }
  // A process that was killed says nothing more, no heartbeat either: it would tell a reader of a head not yet reached.
  return told > 3 || write.call(this, bytes)
}

await import('../../../src/node/main.ts')
