import { readFileSync } from 'node:fs'

/** The segments of System V's shared memory that a process has made (proc(5), sysvipc): they can outlive it. */
export function sharedMemoryOf(pid: number): readonly string[] {
  const lines = readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1)
  return lines.filter((line) => Number(line.trim().split(/\s+/)[4]) === pid)
}
