import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientReport, ServerOrder, ServerReport } from './words.ts'

// What the contenders have in common that are no programs of Node: this process passes on orders and reports, on the
// same core as theirs, and takes them along when it ends.

const pageBytes = 4_096

export const tell = (report: ServerReport | ClientReport) => void process.send?.(report)

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a program that lives as long as this process, at most. */
export function run(command: string, args: readonly string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  process.on('exit', () => child.kill('SIGKILL'))
  process.on('disconnect', () => process.exit(0))
  child.on('exit', (code) => {
    tell({ lost: `${command} ended with code ${code}` })
    process.exit(1)
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} could not be started`)
  return Object.assign(child, { pid })
}

/** What the kernel counts of a process: the time its threads ran (proc(5), schedstat, in ns), and what it holds. */
export function usageOf(pid: number): { readonly cpuMicroseconds: number; readonly rssBytes: number } {
  const [, pages = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number)
  const cpuMicroseconds = [...threadsOf(pid).values()].reduce((sum, each) => sum + each, 0)
  return { cpuMicroseconds, rssBytes: pages * pageBytes }
}

/** How long each thread of a process ran, in µs, by its id. The main thread's id is the process's. */
export function threadsOf(pid: number): ReadonlyMap<number, number> {
  const ran = new Map<number, number>()
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [nanoseconds = 0] = readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ').map(Number)
      ran.set(Number(id), nanoseconds / 1_000)
    } catch {
      // A thread that has ended meanwhile.
    }
  }
  return ran
}

/** Does what the bench says about a process. */
export function takeOrders(pid: number, broadcast: (seq: number) => void): void {
  process.on('message', (order: ServerOrder) => {
    if (order.do === 'usage') tell(usageOf(pid))
    if (order.do === 'settled-usage') setTimeout(() => tell(usageOf(pid)), 500)
    if (order.do === 'broadcast') broadcast(order.seq)
  })
}
