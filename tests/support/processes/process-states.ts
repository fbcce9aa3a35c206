import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Running } from './service.ts'

/** The processes that a service has started, by their ids. */
export function childrenOf({ child }: Pick<Running, 'child'>): readonly number[] {
  const listed = execFileSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' })
  return listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([parent, pid]) => (parent === child.pid && pid !== undefined ? [pid] : []))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export async function gone(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 60_000, interval: 10 }).toBe(false)
}

/** Waits until this many processes of a service answer, and it says that it is ready. */
export async function whole(url: string, processes = 2): Promise<void> {
  const state = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const { status } = await fetch(`${url}/readyz`)
    return [/tocsin_processes (\d+)/.exec(metrics)?.[1], status]
  }
  await expect.poll(() => state().catch(() => null), { timeout: 90_000, interval: 50 }).toEqual([`${processes}`, 200])
}

/** R, S, T …, as in /proc; empty when it is gone. */
export function stateOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2)[0] ?? ''
  } catch {
    return ''
  }
}

/** The processes of a group that run: a zombie does not. Empty where the system has no /proc. */
export function runningInGroup(group: number): string[] {
  if (!existsSync('/proc/self/stat')) return []
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const [state, , its] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
      return Number(its) === group && state !== 'Z'
    } catch {
      return false
    }
  })
}
