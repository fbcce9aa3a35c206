import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newWebhookSecret, signedHeaders } from '../../src/desk/webhooks/signature.ts'
import { freePort } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { blocksOf } from './documents.ts'

// The receivers of docs/webhooks.md take what is signed with their secret, and nothing else.

const clean = cleaning()
const runners = {
  ts: { file: 'receiver.ts', command: process.execPath, args: ['receiver.ts'] },
  python: { file: 'receiver.py', command: '/usr/bin/python3', args: ['receiver.py'] },
  go: { file: 'receiver.go', command: 'go', args: ['run', 'receiver.go'] },
} as const

function isThere(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test.for(Object.keys(runners) as (keyof typeof runners)[])(
  'the receiver in %s prints what is signed with its secret, and refuses what is not',
  async (language, { skip }) => {
    const { file, command, args } = runners[language]
    // CI installs it; elsewhere it may be missing.
    if (language === 'go' && !isThere('go')) skip('go is not installed')
    const [block, second] = blocksOf('docs/webhooks.md').filter((it) => it.language === language)
    expect([block === undefined, second]).toEqual([false, undefined])
    const folder = scratchFolder(clean)
    writeFileSync(join(folder, file), block?.text ?? '')
    const secret = newWebhookSecret()
    const port = await freePort()
    const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: port }
    const child: ChildProcess = spawn(command, args, { cwd: folder, env, detached: true })
    onTestFinished(() => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))

    const post = async (type: string, secrets: readonly string[], ageSeconds = 0) => {
      const body = JSON.stringify({ type, data: { headline: 'زلزله' } })
      const message = { id: 'msg_1', timestampSeconds: Math.floor(Date.now() / 1_000) - ageSeconds, body }
      const headers = await signedHeaders(message, secrets)
      return fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body }).then(
        ({ status }) => status,
        () => null,
      )
    }
    await expect.poll(() => post('right', [secret])).toBe(204)
    expect(await post('of-both', [newWebhookSecret(), secret])).toBe(204)
    expect(await post('wrong', [newWebhookSecret()])).toBe(401)
    expect(await post('old', [secret], 3_600)).toBe(401)
    await expect.poll(() => said.trim().split('\n')).toEqual(['right', 'of-both'])
  },
)
