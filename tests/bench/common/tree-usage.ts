import { readdirSync, readFileSync } from 'node:fs'
import { threadsOf } from './native.ts'

// What the kernel counts of a process and of all that it has started (proc(5)).

export type TreeUsage = {
  /** The time that all threads that are there have run. */
  readonly cpuMs: number
  /** Resident memory of all processes; what they share is counted once for each. */
  readonly residentMib: number
  /** The part of it that is mapped files: programs and libraries. */
  readonly fileMib: number
}

export function treeUsageOf(pid: number): TreeUsage {
  const all = [pid, ...descendantsOf(pid)].map((each) => ({ cpu: threadsOf(each), status: statusOf(each) }))
  const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0)
  return {
    cpuMs: sum(({ cpu }) => [...cpu.values()].reduce((total, each) => total + each, 0)) / 1_000,
    residentMib: sum(({ status }) => kibIn(status, 'VmRSS')) / 1_024,
    fileMib: sum(({ status }) => kibIn(status, 'RssFile')) / 1_024,
  }
}

function descendantsOf(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const parent = /^PPid:\s+(\d+)/m.exec(statusOf(Number(name)))?.[1]
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }]
    })
  const below = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((each) => [each.pid, ...below(each.pid)])
  return below(pid)
}

/** Empty for a process that has ended meanwhile. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

function kibIn(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}
