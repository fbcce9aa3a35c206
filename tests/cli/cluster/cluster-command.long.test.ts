import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../../../src/client/listen.ts'
import { checkoutIn, startScript } from '../../support/browser/scripts.ts'
import {
  type ClusterRun,
  cliMain,
  clusterScratch,
  paste,
  pasteUntil,
  processesWith,
  startClusterCommand,
} from '../../support/cluster/cluster-run.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// The whole command with all its processes. What it tells a person to paste is pasted here, as it was printed.

const clean = cleaning()
const cleanAll = cleaning(afterAll)
// Debian's bsdutils, which every Debian has: gives a program a terminal.
const terminal = '/usr/bin/script'
let home = ''
beforeAll(() => {
  home = checkoutIn(cleanAll)
})

type Posted = {
  readonly status: number
  readonly retryAfter: string | null
  readonly ms: number
  readonly seq?: number
}

async function post(url: string, key: string, headline: string, idempotencyKey = crypto.randomUUID()): Promise<Posted> {
  const startedAt = performance.now()
  const response = await fetch(`${url}/v1/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ level: 'urgent', topics: [], texts: { en: { headline, summary: 'Nothing happened.' } } }),
  })
  const { seq } = (await response.json()) as { seq?: number }
  const retryAfter = response.headers.get('retry-after')
  return {
    status: response.status,
    retryAfter,
    ms: performance.now() - startedAt,
    ...(seq === undefined ? {} : { seq }),
  }
}

/** Posts until it is accepted, always with the same key, and gives its seq. */
async function publish(url: string, key: string, headline: string): Promise<number> {
  const idempotencyKey = crypto.randomUUID()
  let seq: number | undefined
  await expect
    .poll(async () => {
      const posted = await post(url, key, headline, idempotencyKey).catch(() => null)
      seq = posted?.seq
      return posted?.status
    })
    .toBe(201)
  return seq ?? Number.NaN
}

/** A reader by the client that apps use; `seqs`: of each entry that it was given, in order. */
async function reader(url: string) {
  const seqs: number[] = []
  let state = ''
  let connections = 0
  const listening = listen({
    url,
    languages: ['en'],
    transport: 'socket',
    onEntry: ({ seq }) => seqs.push(seq),
    onState: (now) => {
      state = now
      if (now === 'live') connections += 1
    },
  })
  clean(() => listening.close())
  await expect.poll(() => state).toBe('live')
  return { seqs, state: () => state, connections: () => connections }
}

async function subscribersOf(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return [...text.matchAll(/^tocsin_subscribers\{[^}]*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

const eventsOf = (run: ClusterRun) => run.said().match(/^\d\d:\d\d:\d\d .*$/gm) ?? []

/** The segments of System V's shared memory that a process has made (proc(5), sysvipc): they can outlive it. */
function sharedMemoryOf(pid: string): readonly string[] {
  const lines = readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1)
  return lines.filter((line) => line.trim().split(/\s+/)[4] === pid)
}

async function leavesNothing(run: Pick<ClusterRun, 'processes' | 'scratch'>): Promise<void> {
  await expect.poll(run.processes).toEqual([])
  await expect.poll(() => readdirSync(run.scratch).filter((name) => name.startsWith('tocsin'))).toEqual([])
}

describe('a cluster', () => {
  test('serves through its front, survives everything that it says how to break, and leaves nothing behind', async () => {
    const run = startClusterCommand(clean, ['--port', '0'])
    const { url, key, folder, nodePorts } = await run.ready()
    expect(nodePorts).toHaveLength(3)
    const readers = [await reader(url), await reader(url), await reader(url)]
    expect(await Promise.all(nodePorts.map(subscribersOf))).toEqual([1, 1, 1])

    let head = 0
    /** Everyone has had every alert once and in order, whatever has happened. */
    const allHaveAll = async (headline: string) => {
      head += 1
      expect(await publish(url, key, headline)).toBe(head)
      const all = Array.from({ length: head }, (_, at) => at + 1)
      for (const { seqs } of readers) await expect.poll(() => seqs).toEqual(all)
    }
    const says = (pattern: RegExp) => expect.poll(() => eventsOf(run).join('\n')).toMatch(pattern)
    const under = (heading: string, count: number) => {
      const lines = run.linesUnder(heading)
      expect(lines).toHaveLength(count)
      return lines as readonly [string, string]
    }
    /** Within 3 s, with Retry-After; the same key is one alert later. */
    const refusedWhileAway = async (again: () => Promise<unknown>) => {
      const idempotencyKey = crypto.randomUUID()
      let refused: Posted | undefined
      await expect
        .poll(async () => {
          refused = await post(url, key, 'meanwhile', idempotencyKey)
          return refused.status
        })
        .toBe(503)
      expect(Number(refused?.retryAfter)).toBeGreaterThan(0)
      for (const { state } of readers) expect(state()).toBe('live')
      await again()
      head += 1
      await expect.poll(async () => (await post(url, key, 'meanwhile', idempotencyKey)).seq).toBe(head)
      await allHaveAll('back')
    }
    await allHaveAll('first')

    await paste(under('kill node 2', 1)[0])
    await allHaveAll('while node 2 is away')
    await says(/Node 2 ended \(SIGKILL\)[\s\S]*Node 2 is ready again/)
    expect(readers.filter(({ connections }) => connections() === 2)).toHaveLength(1)

    const [away, back] = under('stop node 3 in order and keep it away; let it come back', 2)
    await paste(away)
    await says(/Node 3 ended \(exit code 0\), and stays away/)
    await allHaveAll('while node 3 is away')
    await paste(back)
    await says(/Node 3 is ready again/)

    const [freeze, goOn] = under('freeze the database; let it go on', 2)
    await paste(freeze)
    await says(/The database does not answer/)
    await refusedWhileAway(() => paste(goOn))
    await says(/The database answers again/)

    const [stop, start] = under('stop the database and keep it away; let it come back', 2)
    await paste(stop)
    await says(/The database ended \(exit code 0\), and stays away/)
    await refusedWhileAway(() => paste(start))
    await says(/The database is ready again/)

    await paste(under('kill the database', 1)[0])
    await says(/The database ended \(SIGKILL\)/)
    await allHaveAll('after the crash of the database')

    const [terminate] = under('end the connections on which the nodes listen for wake-ups', 1)
    // Each node listens again some seconds after the database came back.
    await expect.poll(() => paste(terminate)).toMatch(/(true[\s\S]*){3}/)
    await allHaveAll('after the end of the listeners')

    await paste(under('kill the front', 1)[0])
    await says(/The front ended \(SIGKILL\)[\s\S]*The front is ready again/)
    await allHaveAll('after the end of the front')

    // Some lines for each event, none of them twice in a row.
    expect(eventsOf(run).length).toBeLessThan(60)
    expect(existsSync(folder)).toBe(true)
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(0)
    expect(run.said()).toContain(`Stopped. ${folder} is deleted.`)
    await leavesNothing(run)
  })

  test('its commands to paste work as they are printed: a reader, an event stream, an alert, metrics', async () => {
    const run = startClusterCommand(clean, ['--port', '0', '--nodes', '2'])
    const { nodePorts } = await run.ready()
    const [listenLine, curlLine, publishLine, metricsLine] = run.linesUnder('and in another terminal, in this folder:')
    const [english, events] = [
      pasteUntil(listenLine ?? '', /Wi-Fi/),
      pasteUntil(curlLine ?? '', /^event: alert[\s\S]*Wi-Fi/m),
    ]
    await expect.poll(async () => (await Promise.all(nodePorts.map(subscribersOf))).reduce((a, b) => a + b)).toBe(2)
    await paste((publishLine ?? '').replace('Internet', 'Wi-Fi'))
    await Promise.all([english, events])
    expect(await paste(metricsLine ?? '')).toMatch(/^tocsin_subscribers\{/m)
    const desk = /^ {2}desk +(\S+)/m.exec(run.said())?.[1]
    expect(await paste(`curl -s ${desk}`)).toMatch(/<html/)
  })
})

describe('its end', () => {
  test.each([
    ['SIGKILL of the command', (run: ClusterRun) => run.child.kill('SIGKILL')],
    [
      'two Ctrl-C',
      async (run: ClusterRun) => {
        run.child.kill('SIGINT')
        await sleep(600)
        run.child.kill('SIGINT')
      },
    ],
    [
      'SIGKILL of the supervisor',
      async (run: ClusterRun) => {
        const { folder } = await run.ready()
        await paste(`kill -9 $(cat ${join(folder, 'cluster.pid')})`)
      },
    ],
    [
      'Ctrl-C while the database and a node are frozen',
      async (run: ClusterRun) => {
        const { folder } = await run.ready()
        const [freeze] = run.linesUnder('freeze the database; let it go on')
        await paste(freeze ?? '')
        await paste(`kill -STOP $(cat ${join(folder, 'node1.pid')})`)
        run.child.kill('SIGINT')
      },
    ],
  ])('%s leaves neither a process nor a folder', async (_, end) => {
    const run = startClusterCommand(clean, ['--port', '0'])
    const { folder } = await run.ready()
    expect(run.processes().length).toBeGreaterThan(5)
    const database = readFileSync(join(folder, 'postgres.pid'), 'utf8').trim()
    expect(sharedMemoryOf(database)).toHaveLength(1)
    await end(run)
    await run.ended
    await leavesNothing(run)
    expect(sharedMemoryOf(database)).toEqual([])
  })

  test.each([
    ['SIGKILL of npm', 'SIGKILL', 'npm'],
    ['Ctrl-C, which npm and the command get from the terminal, and the command from npm once more', 'SIGINT', 'group'],
    ['the end of the terminal', 'SIGHUP', 'group'],
  ] as const)('%s: the same, under npm', async (_, signal, whom) => {
    const scratch = clusterScratch(clean)
    const script = startScript(
      home,
      'npm run cluster -- --port 0',
      { shell: '/bin/sh', env: { TMPDIR: scratch } },
      clean,
    )
    const [url] = await script.heard(/^Ready after [\d.]+ s: (\S+)/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await script.end(signal, whom)
    await leavesNothing({ scratch, processes: () => processesWith(scratch) })
  })

  test.runIf(existsSync(terminal))('the end of a terminal that it is in: the same', async () => {
    const scratch = clusterScratch(clean)
    const line = `${process.execPath} ${cliMain} cluster --port 0`
    const child = spawn(terminal, ['-qefc', line, '/dev/null'], { env: { ...process.env, TMPDIR: scratch } })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += String(chunk)
    })
    await expect.poll(() => said).toMatch(/Ctrl-C stops everything/)
    child.kill('SIGKILL')
    await leavesNothing({ scratch, processes: () => processesWith(scratch) })
  })

  test.each([/making a new database/, /PostgreSQL: ready/])('Ctrl-C while it starts (%s): the same', async (moment) => {
    const run = startClusterCommand(clean, ['--port', '0'])
    await expect.poll(run.said, { interval: 5 }).toMatch(moment)
    run.child.kill('SIGINT')
    await run.ended
    await leavesNothing(run)
  })
})

describe('its folder and ports', () => {
  test('--data keeps alerts and keys for the next start, and two clusters do not share a folder', async () => {
    const parent = scratchFolder(clean)
    await paste(`chmod 711 ${parent}`)
    const data = join(parent, 'it is kept')
    const first = startClusterCommand(clean, ['--port', '0', '--nodes', '1', '--data', data])
    const one = await first.ready()
    expect(await publish(one.url, one.key, 'kept')).toBe(1)
    const second = startClusterCommand(clean, ['--port', '0', '--nodes', '1', '--data', data])
    expect(await second.ended).toBe(1)
    expect(second.said()).toMatch(/is in use by a cluster that runs \(process \d+\)/)
    // The folder's name has a space: what is to be pasted is quoted.
    await paste(first.linesUnder('kill node 1')[0] ?? '')
    await expect.poll(first.said).toMatch(/Node 1 is ready again/)
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(first.said()).toContain('is kept.')

    const third = startClusterCommand(clean, ['--port', '0', '--nodes', '2', '--data', data])
    const again = await third.ready()
    expect(again.key).toBe(one.key)
    expect(await publish(again.url, again.key, 'later')).toBe(2)
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })

  test('a folder with other things in it is refused, and left as it is', async () => {
    const data = join(scratchFolder(clean), 'data')
    mkdirSync(data)
    writeFileSync(join(data, 'tocsin.db'), 'precious')
    const run = startClusterCommand(clean, ['--port', '0', '--data', data])
    expect(await run.ended).toBe(1)
    expect(run.said().trim()).toMatch(/^\S+ is not empty, and no cluster was started in it before\. [^\n]+$/)
    expect(readdirSync(data)).toEqual(['tocsin.db'])
  })

  test('a port in use is one line that names it and what to do, and nothing is started', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    clean(() => other.close())
    const address = other.address()
    const taken = typeof address === 'object' && address !== null ? address.port : 0
    const run = startClusterCommand(clean, ['--port', String(taken - 1)])
    expect(await run.ended).toBe(1)
    expect(run.said().trim()).toMatch(
      new RegExp(`^In use: port ${taken} \\(node 1\\)\\. [^\\n]*npm run cluster -- --port \\d+$`),
    )
    expect(readdirSync(run.scratch).filter((name) => name.startsWith('tocsin'))).toEqual([])
  })

  test.each([
    [['--nodes', '0'], /whole number from 1 to 9/],
    [['--port', '70000'], /a port from 1 to/],
    [['--prot', '8080'], /unknown option '--prot'/],
  ])('%j is refused as wrong usage', async (args, why) => {
    const run = startClusterCommand(clean, args)
    expect(await run.ended).toBe(2)
    expect(run.said()).toMatch(why)
  })

  test('a setting that the nodes refuse is told by its own sentence', async () => {
    const run = startClusterCommand(clean, ['--port', '0'], { HUNG_SECONDS: 'soon' })
    expect(await run.ended).toBe(1)
    expect(run.said()).toMatch(/Node \d did not start: .*HUNG_SECONDS/)
    await leavesNothing(run)
  })
})
