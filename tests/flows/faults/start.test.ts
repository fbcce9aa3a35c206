import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readLogRecord, writeLogRecord } from '../../../src/node/backup/log-record.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { failedStart as failed } from '../../support/processes/failed-start.ts'
import { ask, english, newKey, publish, startNode } from '../../support/processes/service.ts'
import { serviceProgram } from '../../support/processes/service-program.ts'
import { newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { peerAt, requestText } from '../../support/streams/peers.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()

test('a wrong environment lists every mistake and exits 2', async () => {
  const { code, lines } = await failed({ DATA_DIR: scratchFolder(clean), PORT: 'x', LOG_LEVEL: 'loud' })
  expect(code).toBe(2)
  expect(lines).toHaveLength(3)
  expect(lines.join()).toContain('PORT')
  expect(lines.join()).toContain('LOG_LEVEL')
})

test('a newsroom file with mistakes lists every one and exits 2', async () => {
  const folder = scratchFolder(clean)
  const path = join(folder, 'newsroom.json')
  writeFileSync(
    path,
    JSON.stringify({ name: '', languages: [{ tag: 'fa-' }], topics: [{ id: 'Big News', labels: {} }] }),
  )
  const { code, lines } = await failed({ DATA_DIR: folder, NEWSROOM: path })
  expect(code).toBe(2)
  for (const pointer of ['/name', '/languages/0/tag', '/topics/0/id']) expect(lines.join('\n')).toContain(pointer)
  // The environment's mistakes are told with those of the file.
  const absent = await failed({
    DATA_DIR: folder,
    NEWSROOM: join(folder, 'none.json'),
    ADMIN_KEY: 'a key that has spaces',
  })
  expect(absent).toMatchObject({ code: 2 })
  expect(absent.lines.join()).toMatch(/ADMIN_KEY.*ENOENT/)
})

test('a port in use is one clear line and exit 1', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  clean(() => other.close())
  const { port } = other.address() as AddressInfo
  const { code, lines } = await failed({ DATA_DIR: scratchFolder(clean), PORT: String(port) })
  expect(code).toBe(1)
  expect(lines).toEqual([expect.stringContaining(`Port ${port} is in use`)])
})

test('after a start in vain, also one after a kill, the log is what it was, and nothing is said to be lost', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  clean(() => other.close())
  const inVain = { DATA_DIR: scratchFolder(clean), PORT: String((other.address() as AddressInfo).port) }
  await failed(inVain)
  let seq = 0
  let epoch: string | undefined
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGKILL'] as const) {
    const service = await startNode(inVain.DATA_DIR)
    clean(() => service.end('SIGKILL'))
    expect(service.error()).toBe('')
    seq += 1
    const made = await publish(service.url, english(`Number ${seq}`))
    epoch ??= made.cursor.split('.')[0]
    expect(made).toMatchObject({ seq, cursor: `${epoch}.${seq}` })
    await service.end(signal)
    await failed(inVain)
  }
})

test('a data folder that is a file, or cannot be written, is one clear line and exit 1', async () => {
  const folder = scratchFolder(clean)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(await failed({ DATA_DIR: file })).toEqual({ code: 1, lines: [expect.stringContaining('is not a folder')] })
  // /sys refuses even root, whom no mode stops.
  const closed = process.getuid?.() === 0 ? '/sys/kernel/tocsin' : join(folder, 'closed')
  if (process.getuid?.() !== 0) {
    mkdirSync(closed)
    chmodSync(closed, 0o500)
  }
  expect(await failed({ DATA_DIR: closed })).toEqual({ code: 1, lines: [expect.stringContaining('cannot be written')] })
})

test.each(['/proc/tocsin', '/proc/tocsin/deeper', '/dev/null', '/dev/null/data', `/tmp/${'x'.repeat(300)}`])(
  'DATA_DIR=%s is one line and exit 1, not a circle without end',
  async (path) => {
    expect(await failed({ DATA_DIR: path })).toEqual({ code: 1, lines: [expect.stringContaining('DATA_DIR')] })
  },
)

let used: Promise<string> | undefined
afterAll(async () => {
  if (used !== undefined) rmSync(await used, { recursive: true })
})
/** A data folder as a service leaves it: one start for all that do harm to a copy of it. */
async function usedFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  await (await startNode(folder)).end('SIGTERM')
  return folder
}

test.each([
  ['vapid.json', '', 'is empty'],
  ['vapid.json', '{"publicKey":', 'is damaged'],
  ['vapid.json', '[]', 'empty list'],
  ['vapid.json', '{"publicKey":5,"privateKey":null}', 'is damaged'],
  ['push-secret', '', 'is damaged'],
  ['tocsin.db', '', 'is empty (0 bytes)'],
  ['tocsin.db', '\0'.repeat(8_192), 'is damaged'],
])('%s damaged in way %# is one clear line and exit 1', async (name, text, sentence) => {
  const folder = scratchFolder(clean)
  used ??= usedFolder()
  cpSync(await used, folder, { recursive: true })
  // The copy stands for the same file; of another one a line more is said.
  const record = readLogRecord(folder)
  if (record !== null) writeLogRecord(folder, record)
  writeFileSync(join(folder, name), text)
  expect(await failed({ DATA_DIR: folder })).toEqual({ code: 1, lines: [expect.stringContaining(sentence)] })
})

test('SIGHUP says goodbye and exits 0, and its echo does not hurry it', async () => {
  const service = await startNode(scratchFolder(clean), { DRAIN_SECONDS: '1' })
  const reader = await listenRaw(service.url, '?languages=en')
  const ended = service.end('SIGHUP')
  service.child.kill('SIGINT')
  service.child.kill('SIGHUP')
  expect(await ended).toBe(0)
  expect(await reader.closed).toBe(4200)
})

test('a database from a newer version, or that is none, is one clear line and exit 1, and stays as it was', async () => {
  const folder = scratchFolder(clean)
  await (await startNode(folder)).end('SIGTERM')
  const sql = openSqlite(join(folder, 'tocsin.db'))
  sql.run(`update schema_steps set step = 99 where room = 'log'`)
  sql.close()
  expect(await failed({ DATA_DIR: folder })).toEqual({ code: 1, lines: [expect.stringContaining('newer version')] })
  const other = scratchFolder(clean)
  writeFileSync(join(other, 'tocsin.db'), 'This is a letter, not a database. '.repeat(200))
  expect(await failed({ DATA_DIR: other })).toEqual({ code: 1, lines: [expect.stringContaining('cannot be opened')] })
  expect(readFileSync(join(other, 'tocsin.db'), 'utf8')).toContain('a letter')
})

test.each([
  ['one process', '1'],
  ['two processes', '2'],
])('the first start in %s makes an admin key and shows it once; secrets are for their owner only', async (_, count) => {
  const folder = scratchFolder(clean)
  const keyOf = async () => {
    const child = execFile(process.execPath, [serviceProgram], {
      env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder, DRAIN_SECONDS: '0', PROCESSES: count },
    })
    let said = ''
    for await (const chunk of child.stdout ?? []) {
      said += chunk
      if (said.includes('/desk')) child.kill('SIGTERM')
    }
    return /admin key, shown this once.*\n\n\s+(\S+)/.exec(said)?.[1]
  }
  expect(await keyOf()).toMatch(/^[\w-]{43}$/)
  expect(await keyOf()).toBeUndefined()
  for (const file of ['vapid.json', 'push-secret']) expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
})

test('SIGTERM says goodbye, closes with 4200, exits 0, and the readers come back to everything', async () => {
  const folder = scratchFolder(clean)
  const first = await startNode(folder, { DRAIN_SECONDS: '1' })
  clean(() => first.end('SIGKILL'))
  const readers = await Promise.all(Array.from({ length: 30 }, () => listenRaw(first.url, '?languages=en')))
  const { cursor } = await publish(first.url, english('Before'))
  await Promise.all(readers.map(({ frame }) => frame((it) => it.cursor === cursor)))
  const code = await first.end('SIGTERM')
  expect(code).toBe(0)
  expect(await Promise.all(readers.map(({ closed }) => closed))).toEqual(Array(30).fill(4200))
  for (const { frames } of readers) expect(frames).toContainEqual({ type: 'goodbye', reconnectAfterMs: 1_000 })
  expect(first.error()).toBe('')
  const second = await startNode(folder)
  clean(() => second.end('SIGKILL'))
  const made = await publish(second.url, english('After'))
  const back = await Promise.all(readers.map(() => listenRaw(second.url, `?languages=en&after=${cursor}`)))
  await Promise.all(back.map(({ frame }) => frame(({ type }) => type === 'live')))
  for (const reader of back) expect(reader.seqs()).toEqual([made.seq])
})

test('while it drains it is not ready, and takes no new reader', async () => {
  const service = await startNode(scratchFolder(clean), { DRAIN_SECONDS: '3' })
  clean(() => service.end('SIGKILL'))
  // Connections kept alive from before still get answers.
  const agent = await ask(service.url, 'GET', '/readyz')
  expect(agent.status).toBe(200)
  await agent.text()
  const readers = await Promise.all(Array.from({ length: 5 }, () => listenRaw(service.url)))
  const ended = service.end('SIGTERM')
  await Promise.all(readers.map(({ frame }) => frame(({ type }) => type === 'goodbye')))
  await expect(listenRaw(service.url)).rejects.toThrow()
  expect(await ended).toBe(0)
})

const bySocket = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']

test.each(['raw', 'node'])(
  'while it drains, streams on connections from before are refused with 503 and Retry-After (STREAM_WRITER=%s)',
  { timeout: 60_000 },
  async (streamWriter) => {
    const service = await startNode(scratchFolder(clean), { DRAIN_SECONDS: '20', STREAM_WRITER: streamWriter })
    clean(() => service.end('SIGKILL'))
    const peers = await Promise.all(Array.from({ length: 6 }, () => peerAt(service.url)))
    clean(() => {
      for (const { socket } of peers) socket.destroy()
    })
    // So many that the last ones are still there when the requests below have been answered.
    const readers = await Promise.all(Array.from({ length: 100 }, () => listenRaw(service.url)))
    const [last] = readers
    service.child.kill('SIGTERM')
    await last?.frame(({ type }) => type === 'goodbye')
    const texts = [
      requestText('/v1/events?languages=en'),
      requestText('/v1/events?languages=en', ['Host: x', 'Accept: */*'], { version: '1.0' }),
      requestText('/v1/events', ['Host: x', 'Accept: */*', 'Accept: text/html']),
      requestText('/v1/events?languages=en', ['Host: x', 'Accept: text/event-stream, */*']),
      requestText('/v1/socket', ['Host: x', ...bySocket, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']),
      requestText('/v1/events', ['Host: x', 'Accept: text/event-stream']),
    ]
    for (const [nth, text] of texts.entries()) peers[nth]?.socket.write(text)
    for (const { said } of peers) await expect.poll(said, { timeout: 10_000 }).toContain('\r\n\r\n')
    const [eventSource, ...refused] = peers.map(({ said }) => said()).toReversed()
    for (const answer of refused) {
      expect(answer).toMatch(/^HTTP\/1\.1 503 /)
      expect(answer).toMatch(/^retry-after: 1\r$/im)
      expect(answer).toContain('"code":"draining"')
    }
    // An EventSource ends for good at any other status than 200.
    expect(eventSource).toMatch(/^HTTP\/1\.1 200 [\s\S]*event: goodbye\ndata: .*"code":"draining"/)
  },
)

/** Runs a program as PID 1, as in a container without an init. */
const asFirst = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc']

test.for(['1', '3'])(
  'as PID 1, SIGTERM while it starts ends it with 0 before it is ready (PROCESSES=%s)',
  { timeout: 60_000 },
  async (count, { skip }) => {
    if (spawnSync('unshare', [...asFirst, 'true']).status !== 0) skip('unshare may not make a PID namespace here')
    const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: scratchFolder(clean), PROCESSES: count }
    const outer = spawn('unshare', [...asFirst, process.execPath, serviceProgram], { env })
    clean(() => outer.kill('SIGKILL'))
    let said = ''
    outer.stdout.on('data', (chunk) => {
      said += chunk
    })
    // Repeated, because Node's own handler, which is there before the program's, does nothing in PID 1.
    const repeat = setInterval(() => {
      for (const pid of childrenOf(outer.pid)) if (catchesSigterm(pid)) signal(pid)
    }, 20)
    clean(() => clearInterval(repeat))
    const [code, endedBy] = await once(outer, 'exit')
    expect([code, endedBy, said]).toEqual([0, null, ''])
  },
)

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended.
    return ''
  }
}

const childrenOf = (pid: number | undefined) =>
  (textOf(`/proc/${pid}/task/${pid}/children`).match(/\d+/g) ?? []).map(Number)

/** Before Node has set its handlers, a signal from outside can end the process by itself. */
function catchesSigterm(pid: number): boolean {
  const caught = /^SigCgt:\s*(\w+)$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? '0'
  return ((BigInt(`0x${caught}`) >> 14n) & 1n) === 1n
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended.
  }
}

test('limits on connections of one address are kept, and given back', async () => {
  const service = await startNode(scratchFolder(clean), { CONNECTIONS_PER_ADDRESS: '2' })
  clean(() => service.end('SIGKILL'))
  const one = await listenRaw(service.url)
  await listenRaw(service.url)
  const refused = await listenRaw(service.url).catch((error: unknown) => error)
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } })
  expect((await fetch(`${service.url}/v1/events`)).status).toBe(429)
  one.socket.close()
  await one.closed
  await expect
    .poll(() =>
      listenRaw(service.url).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
})

test('a reader who does not read costs itself only, and comes back to everything', { timeout: 60_000 }, async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const slow = await listenRaw(service.url, '?languages=*')
  const quick = await listenRaw(service.url, '?languages=*')
  slow.socket.pause()
  const summary = 'x'.repeat(950)
  const tags = newsroom.languages.slice(0, 25).map(({ tag }) => tag)
  const texts = Object.fromEntries(tags.map((tag) => [tag, { headline: tag, summary }]))
  const publishSome = () => Promise.all(Array.from({ length: 20 }, () => publish(service.url, { texts }, newKey())))
  const isFull = async () => (await (await fetch(`${service.url}/metrics`)).text()).includes('state="full"} 1')
  // Until the kernel's buffers of both ends are full, some ten megabytes, and then some more.
  for (let round = 0; round < 60 && !(await isFull()); round += 1) await publishSome()
  expect(await isFull()).toBe(true)
  const last = Math.max(...(await publishSome()).map(({ seq }) => seq))
  await quick.frame(({ seq }) => seq === last)
  slow.socket.resume()
  await slow.frame(({ seq }) => seq === last)
  expect(slow.seqs()).toEqual(quick.seqs())
})

test('a newsroom that drops a language and a topic starts, and says what becomes of the alerts in them', async () => {
  const folder = scratchFolder(clean)
  const first = await startNode(folder)
  const texts = { en: { headline: 'One' }, ru: { headline: 'Один' } }
  await publish(first.url, { level: 'urgent', topics: ['iran'], texts })
  await first.end('SIGTERM')
  const path = join(folder, 'newsroom.json')
  writeFileSync(path, JSON.stringify({ name: 'N', languages: [{ tag: 'en' }], rules: 'none' }))
  const second = await startNode(folder, { NEWSROOM: path })
  clean(() => second.end('SIGKILL'))
  expect(second.error()).toMatch(/no language \\"ru\\" any more.*404/)
  expect(second.error()).toMatch(/no topic \\"iran\\" any more/)
})
