import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { adminKey, ask, english, newKey, publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// The data folder as operators, disks and accidents treat it. Nothing that is answered with 201 may be lost.

const clean = cleaning()

async function started(folder: string, env: Record<string, string> = {}): Promise<Running> {
  const service = await startNode(folder, env)
  clean(() => service.end('SIGKILL'))
  return service
}

const ready = async ({ url }: Running) => (await fetch(`${url}/readyz`)).status
const post = ({ url }: Running, headline: string) =>
  ask(url, 'POST', '/v1/alerts', { level: 'urgent', ...english(headline) }, { 'idempotency-key': newKey() })
const alarmsOf = async ({ url }: Running): Promise<readonly { kind: string; detail: string }[]> =>
  ((await (await ask(url, 'GET', '/v1/desk/alarms')).json()) as { alarms: { kind: string; detail: string }[] }).alarms

/** By an alarm, or, where the asker's key cannot be read either, by the refusal. */
async function isToldAtDesk({ url }: Running, word: RegExp): Promise<boolean> {
  const answer = await ask(url, 'GET', '/v1/desk/alarms')
  const { alarms, code, detail } = (await answer.json()) as {
    alarms?: { kind: string }[]
    code?: string
    detail?: string
  }
  if (answer.status === 503) return code === 'cannot-read' && word.test(detail ?? '')
  return alarms?.filter(({ kind }) => kind === 'storage').length === 1
}

/** What must hold as long as nothing can be stored. */
async function refuses(service: Running, word: RegExp): Promise<void> {
  const answer = await post(service, 'Lost?')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
  // Whether the writer's key can still be read depends on what SQLite holds in memory.
  const code = expect.stringMatching(/^cannot-(store|read)$/)
  expect(await answer.json()).toMatchObject({ code, detail: expect.stringMatching(word) })
  await expect.poll(() => ready(service)).toBe(503)
  await expect.poll(() => isToldAtDesk(service, word)).toBe(true)
}

describe.each([
  ['one process', '1'],
  ['two processes', '2'],
])('in %s', (_, processes) => {
  test('a folder that is moved away refuses every write from that moment, and goes on by itself when it is back', async () => {
    const folder = join(scratchFolder(clean), 'data')
    const service = await started(folder, { PROCESSES: processes })
    const kept = await publish(service.url, english('Kept'))
    renameSync(folder, `${folder}-away`)
    await refuses(service, /taken away/)
    renameSync(`${folder}-away`, folder)
    await expect.poll(() => ready(service)).toBe(200)
    const { seq } = await publish(service.url, english('After'))
    expect(seq).toBe(kept.seq + 1)
    await service.end('SIGTERM')
    const again = await started(folder)
    const { entries } = (await (await fetch(`${again.url}/v1/alerts?languages=en`)).json()) as { entries: unknown[] }
    expect(entries).toHaveLength(2)
  })

  test('a second service on the same folder says who holds it, and ends with 1', async () => {
    const folder = scratchFolder(clean)
    const service = await started(folder, { PROCESSES: processes })
    await expect(started(folder, { PROCESSES: processes })).rejects.toThrow(
      new RegExp(`in use by another service \\(process ${service.child.pid} on `),
    )
    await service.end('SIGKILL')
    // Killed, it holds nothing any more.
    const next = await started(folder, { PROCESSES: processes })
    expect(await ready(next)).toBe(200)
  })
})

test.each([
  ['deleted with its folder', (folder: string) => rmSync(folder, { recursive: true }), /taken away/],
  ['deleted alone', (folder: string) => unlinkSync(join(folder, 'tocsin.db')), /taken away/],
  ['robbed of its write-ahead log', (folder: string) => unlinkSync(join(folder, 'tocsin.db-wal')), /taken away/],
  [
    'exchanged for a copy of itself',
    (folder: string) => {
      cpSync(join(folder, 'tocsin.db'), join(folder, 'copy'))
      renameSync(join(folder, 'copy'), join(folder, 'tocsin.db'))
    },
    /replaced/,
  ],
  [
    'overwritten by another database',
    (folder: string) => {
      const other = new DatabaseSync(join(folder, 'other'))
      other.exec('create table a (b); insert into a values (zeroblob(2000000))')
      other.close()
      writeFileSync(join(folder, 'tocsin.db'), readFileSync(join(folder, 'other')))
    },
    /replaced/,
  ],
  ['left with an empty write-ahead log', (folder: string) => truncateSync(join(folder, 'tocsin.db-wal'), 0), /damaged/],
  ['made empty', (folder: string) => truncateSync(join(folder, 'tocsin.db'), 0), /damaged/],
  ['cut off', (folder: string) => truncateSync(join(folder, 'tocsin.db'), 4_096), /damaged/],
  [
    'overwritten with zeros',
    (folder: string) => {
      const file = join(folder, 'tocsin.db')
      writeFileSync(file, Buffer.alloc(statSync(file).size), { flag: 'r+' })
    },
    /damaged/,
  ],
])('a database that is %s while the service runs: no write is taken, not ready, an alarm', async (_, harm, word) => {
  const folder = join(scratchFolder(clean), 'data')
  const service = await started(folder)
  await publish(service.url, english('Before'))
  harm(folder)
  await refuses(service, word)
  // Readers are served on: what is in memory and on the open file is theirs.
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  await service.end('SIGTERM')
})

/** A file system of our own; only root may have one. */
function smallDisk(megabytes: number): string {
  const path = join(scratchFolder(clean), 'disk')
  mkdirSync(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  clean(() => execFileSync('umount', ['-l', path]))
  return path
}

function mayMount(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    const path = '/tmp/tocsin-may-mount'
    mkdirSync(path, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    execFileSync('umount', [path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!mayMount())('on a disk of its own', () => {
  test('a full disk is reported as such, and the service recovers when there is space', async () => {
    const disk = smallDisk(16)
    const service = await started(join(disk, 'data'))
    await publish(service.url, english('Before'))
    const filler = join(disk, 'filler')
    try {
      writeFileSync(filler, Buffer.alloc(16 * 1_024 * 1_024))
    } catch {
      // As far as it went.
    }
    await expect.poll(() => ready(service)).toBe(503)
    const { detail } = (await (await fetch(`${service.url}/readyz`)).json()) as { detail: string }
    expect(detail).toContain('full disk')
    // What needs new room is refused in words; what still fits is truly kept.
    let refused = 0
    let kept = 1
    for (let times = 0; times < 300 && refused < 3; times += 1) {
      const answer = await post(service, `Number ${times}`)
      if (answer.status === 201) kept += 1
      else {
        refused += 1
        expect([answer.status, await answer.json()]).toMatchObject([
          503,
          { code: 'cannot-store', detail: /disk is full/ },
        ])
      }
    }
    expect((await alarmsOf(service)).map(({ kind }) => kind)).toEqual(['storage'])
    expect(service.error().split('\n').length).toBeLessThan(60)
    // Started again on the same full disk, it serves what it has, and says that it cannot store.
    await service.end('SIGTERM')
    const again = await started(join(disk, 'data'))
    expect(await ready(again)).toBe(503)
    expect((await fetch(`${again.url}/v1/alerts?languages=en`)).status).toBe(200)
    expect((await alarmsOf(again)).map(({ kind }) => kind)).toEqual(['storage'])
    expect(readdirSync(join(disk, 'data')).filter((name) => name.startsWith('.writable'))).toEqual([])
    rmSync(filler)
    await expect.poll(() => ready(again)).toBe(200)
    expect(await alarmsOf(again)).toEqual([])
    const { seq } = await publish(again.url, english('After'))
    expect(seq).toBe(kept + 1)
  })

  test('a disk that is mounted read-only is reported as such, and the service recovers', async () => {
    const disk = smallDisk(16)
    const service = await started(join(disk, 'data'))
    await publish(service.url, english('Before'))
    // A mount cannot be made read-only while files are open for writing through it. So a bind that
    // nobody has opened yet is made read-only elsewhere, and laid over the disk as it is.
    const view = scratchFolder(clean)
    execFileSync('mount', ['--bind', disk, view])
    try {
      execFileSync('mount', ['-o', 'remount,ro,bind', view])
      execFileSync('mount', ['--bind', view, disk])
    } finally {
      execFileSync('umount', ['-l', view])
    }
    try {
      await expect.poll(() => ready(service)).toBe(503)
      expect(await (await fetch(`${service.url}/readyz`)).text()).toContain('can only be read')
    } finally {
      execFileSync('umount', ['-l', disk])
    }
    await expect.poll(() => ready(service)).toBe(200)
    expect((await publish(service.url, english('After'))).seq).toBe(2)
  })
})

test('what is made in the data folder is for its owner only, and nothing else is left there', async () => {
  const folder = join(scratchFolder(clean), 'new', 'data')
  const service = await started(folder)
  await publish(service.url, english('One'))
  const files = [
    'lock',
    'lock-holder',
    'log-record',
    'push-secret',
    'reserve',
    'running',
    'signing-key.json',
    'tocsin.db',
    'tocsin.db-shm',
    'tocsin.db-wal',
    'vapid.json',
  ]
  const listed = execFileSync('ls', ['-A', folder], { encoding: 'utf8' }).trim().split('\n')
  expect(listed.filter((name) => name !== 'lock-journal').sort()).toEqual(files)
  for (const name of listed) expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(adminKey).not.toBe('')
})

test('a copy of the database with its write-ahead log is a backup of a running service; sqlite3’s own way is too', async () => {
  const folder = scratchFolder(clean)
  const service = await started(folder)
  for (const headline of ['One', 'Two', 'Three']) await publish(service.url, english(headline))
  const copy = join(scratchFolder(clean), 'copy')
  mkdirSync(copy)
  for (const name of ['tocsin.db', 'tocsin.db-wal', 'vapid.json', 'push-secret', 'signing-key.json'])
    cpSync(join(folder, name), join(copy, name))
  const vacuumed = join(scratchFolder(clean), 'vacuumed')
  mkdirSync(vacuumed)
  const source = new DatabaseSync(join(folder, 'tocsin.db'), { readOnly: true })
  source.exec(`vacuum into '${join(vacuumed, 'tocsin.db')}'`)
  source.close()
  cpSync(join(folder, 'signing-key.json'), join(vacuumed, 'signing-key.json'))
  for (const data of [copy, vacuumed]) {
    const restored = await started(data)
    const { entries } = (await (await fetch(`${restored.url}/v1/alerts?languages=en`)).json()) as { entries: unknown[] }
    expect(entries).toHaveLength(3)
  }
})

test('a lost vapid.json is reported at start and at the desk until the right one is back; the service stays ready, and alerts are published', async () => {
  const folder = scratchFolder(clean)
  const first = await started(folder)
  const { endpoint, p256dh, auth } = addressOf('https://fcm.googleapis.com/fcm/send/1', makeBrowserKeys())
  const preferences = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
  expect((await ask(first.url, 'POST', '/v1/subscriptions', preferences)).status).toBe(201)
  await first.end('SIGTERM')
  const file = join(folder, 'vapid.json')
  const pair = readFileSync(file)
  unlinkSync(file)
  const second = await started(folder)
  const words = /nothing is pushed to 1 of 1 subscription:.*vapid\.json.*same backup/i
  expect(second.error()).toMatch(words)
  expect(await ready(second)).toBe(200)
  expect(await alarmsOf(second)).toMatchObject([{ kind: 'key', detail: expect.stringMatching(words) }])
  await publish(second.url, { audience: 'test', ...english('Goes on') })
  await second.end('SIGTERM')
  writeFileSync(file, pair)
  const third = await started(folder)
  expect([await ready(third), await alarmsOf(third)]).toEqual([200, []])
})
