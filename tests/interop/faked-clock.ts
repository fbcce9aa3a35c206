import { execFileSync } from 'node:child_process'
import { needsInstalled, pathOf } from './installed.ts'

/**
 * The environment of a program whose clock is wrong by so many days, by Debian's faketime; its timers go on as they are. Without that
 * package the test is skipped.
 */
export function fakedClock(days: number, skip: (note: string) => never): Readonly<Record<string, string>> {
  needsInstalled('faketime', skip)
  const offset = `${days < 0 ? '' : '+'}${days}d`
  // The program sets what its library reads, and knows where that is.
  const set = execFileSync(pathOf('faketime'), ['-m', '-f', offset, '/usr/bin/env'], { encoding: 'utf8' })
  const preload = /^LD_PRELOAD=(.+)$/m.exec(set)?.[1]
  if (preload === undefined) throw new Error(`faketime preloads nothing: ${set}`)
  return { LD_PRELOAD: preload, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}
