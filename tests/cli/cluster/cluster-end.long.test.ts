import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkoutIn, startScript } from '../../support/browser/scripts.ts'
import {
  type ClusterRun,
  cliMain,
  clusterScratch,
  leavesNothing,
  paste,
  processesWith,
  startClusterCommand,
} from '../../support/cluster/cluster-run.ts'
import { sharedMemoryOf } from '../../support/cluster/shared-memory.ts'
import { cleaning } from '../../support/scratch.ts'

// However a cluster ends, neither a process nor a folder nor shared memory of it is left.

const clean = cleaning()
const cleanAll = cleaning(afterAll)
// Debian's bsdutils, which every Debian has: gives a program a terminal.
const terminal = '/usr/bin/script'
let home = ''
beforeAll(() => {
  home = checkoutIn(cleanAll)
})

describe('the end of a cluster', () => {
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
    const database = Number(readFileSync(join(folder, 'postgres.pid'), 'utf8'))
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
