import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { isLostOwner, newOwner } from '../../../src/node/push/lease-owner.ts'

test('each owner has a name of its own, without a slash, and lives', () => {
  const names = [newOwner(), newOwner()]
  expect(new Set(names).size).toBe(2)
  for (const name of names) {
    expect(name).not.toContain('/')
    expect(isLostOwner(name)).toBe(false)
  }
})

test('an owner is lost when its process is gone or was here before us; one of another living process is not', () => {
  const gone = execFileSync(process.execPath, ['-e', 'process.stdout.write(String(process.pid))'], { encoding: 'utf8' })
  expect(isLostOwner(`${gone}.abc.1`)).toBe(true)
  expect(isLostOwner(`${process.pid}.abc.1`)).toBe(true)
  expect(isLostOwner(`${process.ppid}.abc.1`)).toBe(false)
  expect(isLostOwner('')).toBe(true)
})
