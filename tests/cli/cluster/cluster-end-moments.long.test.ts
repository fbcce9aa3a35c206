import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ClusterRun, leavesNothing, startClusterCommand } from '../../support/cluster/cluster-run.ts'
import { sharedMemoryOf } from '../../support/cluster/shared-memory.ts'
import { runs } from '../../support/effort.ts'
import { childrenOf } from '../../support/processes/process-states.ts'
import { cleaning } from '../../support/scratch.ts'

// A cluster that is ended at a random moment of its start leaves neither a process nor a folder nor shared memory.

const clean = cleaning()

const ways = {
  SIGINT: (run) => run.child.kill('SIGINT'),
  SIGTERM: (run) => run.child.kill('SIGTERM'),
  SIGHUP: (run) => run.child.kill('SIGHUP'),
  'two SIGINT': async (run) => {
    run.child.kill('SIGINT')
    // One that comes sooner is taken for a copy of the first.
    await sleep(600)
    run.child.kill('SIGINT')
  },
  'SIGKILL of the command': (run) => run.child.kill('SIGKILL'),
  'SIGKILL of the supervisor': async (run) => {
    const supervisor = await new Promise<number | null>((resolve) => {
      const look = () => {
        const [child] = childrenOf(run)
        if (child !== undefined) resolve(child)
        else if (run.child.exitCode !== null) resolve(null)
        else setTimeout(look, 5)
      }
      look()
    })
    if (supervisor !== null) process.kill(supervisor, 'SIGKILL')
  },
} as const satisfies Record<string, (run: ClusterRun) => unknown>

/** Notes which processes work below a folder, until it is asked for them: their shared memory can outlive them. */
function watchProcesses(folder: string): () => readonly number[] {
  const seen = new Set<number>()
  const timer = setInterval(() => {
    for (const name of readdirSync('/proc').filter((it) => /^\d+$/.test(it)))
      try {
        if (readlinkSync(`/proc/${name}/cwd`).startsWith(folder)) seen.add(Number(name))
      } catch {
        // It has ended meanwhile.
      }
  }, 20)
  return () => {
    clearInterval(timer)
    return [...seen]
  }
}

/** How long a start takes here, from the command line to the last line. */
async function startMs(): Promise<number> {
  const from = performance.now()
  const run = startClusterCommand(clean, ['--port', '0', '--nodes', '1'])
  await run.ready()
  const took = performance.now() - from
  run.child.kill('SIGTERM')
  await run.ended
  return took
}

test('ended at any moment of its start, it leaves nothing', async () => {
  const wholeMs = await startMs()
  const moment = fc.record({
    way: fc.constantFrom(...(Object.keys(ways) as (keyof typeof ways)[])),
    thousandths: fc.noBias(fc.integer({ min: 0, max: 1_000 })),
    isKept: fc.boolean(),
  })
  const leavesNothingAt = fc.asyncProperty(moment, async ({ way, thousandths, isKept }) => {
    const run = startClusterCommand(clean, ['--port', '0', '--nodes', '1'], {}, isKept ? 'kept' : null)
    const seen = watchProcesses(run.scratch)
    await sleep((thousandths / 1_000) * wholeMs)
    await ways[way](run)
    await run.ended
    await leavesNothing(run)
    expect(seen().flatMap(sharedMemoryOf)).toEqual([])
    expect(existsSync(join(run.scratch, 'kept', 'cluster.pid'))).toBe(false)
  })
  await fc.assert(leavesNothingAt, { numRuns: runs(12), endOnFailure: true })
})
