import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { fileWithoutRules } from '../newsroom/newsroom-without-rules.ts'
import { compileCache } from '../processes/compile-cache.ts'
import { scratchFolder } from '../scratch.ts'

type Clean = (undo: () => unknown) => void

export const cliMain = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

/** `npx tocsin cluster` as a person runs it, whose folder for temporary files is the test's. */
export type ClusterRun = {
  readonly child: ChildProcess
  /** What was printed so far, on both outputs. */
  readonly said: () => string
  readonly ready: () => Promise<{ url: string; key: string; folder: string; nodePorts: readonly number[] }>
  /** The lines to paste below a heading of what was printed. */
  readonly linesUnder: (heading: string) => readonly string[]
  /** Its processes of all kinds that are there. */
  readonly processes: () => readonly string[]
  readonly ended: Promise<number | null>
  /** Where its temporary folder lies. */
  readonly scratch: string
}

/** `data`: the name of a folder for --data, in the scratch folder. */
export function startClusterCommand(
  clean: Clean,
  args: readonly string[],
  env: Record<string, string> = {},
  data: string | null = null,
): ClusterRun {
  const scratch = clusterScratch(clean)
  const kept = data === null ? [] : ['--data', join(scratch, data)]
  const { NODE_OPTIONS: _, ...others } = process.env
  const child = spawn(process.execPath, [cliMain, 'cluster', ...args, ...kept], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...others, ...compileCache, TMPDIR: scratch, NEWSROOM: fileWithoutRules(), ...env },
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (out += chunk))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const run: ClusterRun = {
    child,
    said: () => out,
    scratch,
    ended,
    processes: () => processesWith(scratch, child.pid),
    linesUnder: (heading) => {
      const after = out.split(`\n  ${heading}\n`)[1] ?? ''
      const lines = after.split('\n').map((line) => /^ {4}(?!→)(.*)/.exec(line)?.[1])
      return lines.slice(0, lines.indexOf(undefined)).filter((line) => line !== undefined)
    },
    ready: async () => {
      await expect.poll(() => out, { timeout: 300_000 }).toMatch(/Ctrl-C stops everything/)
      const found = (pattern: RegExp) => pattern.exec(out)?.[1] ?? ''
      return {
        url: found(/Ready after [\d.]+ s: (\S+)/),
        key: found(/admin key: (\S+)/),
        folder: found(/Everything is (?:kept )?in ([^,\s]+)/),
        nodePorts: [...out.matchAll(/^Node \d: ready on port (\d+)/gm)].map(([, port]) => Number(port)).sort(),
      }
    },
  }
  clean(async () => {
    child.kill('SIGKILL')
    await expect.poll(run.processes, { timeout: 60_000 }).toEqual([])
  })
  return run
}

/** A folder for the temporary files of a cluster. */
export function clusterScratch(clean: Clean): string {
  const scratch = scratchFolder(clean)
  // As root PostgreSQL is run by another user, who must come to its folder in there.
  chmodSync(scratch, 0o711)
  return scratch
}

/** The command lines of all processes that have this folder in their environment, arguments or working folder. */
export function processesWith(folder: string, except?: number): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== except && existsSync(`/proc/${name}/environ`))
    .flatMap((pid) => {
      try {
        const file = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1').replaceAll('\0', ' ')
        const line = file('cmdline')
        const marks = `${line} ${file('environ')} ${readlinkSync(`/proc/${pid}/cwd`)}`
        return line !== '' && marks.includes(folder) ? [line] : []
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
}

/** Runs a line as a person who pastes it into a shell. Rejects when it fails. */
export async function paste(line: string): Promise<string> {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${line}: exit code ${code}: ${said}`)
  return said
}

/** Runs a line that goes on for ever, until it has said this. Rejects when it ends before. */
export async function pasteUntil(line: string, wanted: RegExp): Promise<void> {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  const heard = Promise.withResolvers<void>()
  const hear = (chunk: unknown) => {
    said += String(chunk)
    if (wanted.test(said)) heard.resolve()
  }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', hear)
  child.once('close', (code) => heard.reject(new Error(`${line}: exit code ${code}: ${said}`)))
  await heard.promise
  process.kill(-(child.pid ?? 0), 'SIGTERM')
  await once(child, 'close')
}

/** Neither a process nor a temporary folder of a cluster is left. */
export async function leavesNothing(run: Pick<ClusterRun, 'processes' | 'scratch'>): Promise<void> {
  await expect.poll(run.processes).toEqual([])
  await expect.poll(() => readdirSync(run.scratch).filter((name) => name.startsWith('tocsin'))).toEqual([])
}
