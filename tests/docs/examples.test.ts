import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { english, publish, type Running, startNode } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { blocksOf } from './documents.ts'

// The examples of docs/protocol.md receive alerts of a real service, as they stand there but for its address.

const examples = blocksOf('docs/protocol.md')
const cleanAll = cleaning(afterAll)
const clean = cleaning()
let service: Running
beforeAll(async () => {
  service = await startNode(scratchFolder(cleanAll))
})
afterAll(async () => {
  await service.end('SIGTERM')
})

/** The text of the one example in this language that has this in it, for the service of this test. */
function exampleOf(language: string, part: string): string {
  const [found, second] = examples.filter((block) => block.language === language && block.text.includes(part))
  if (found === undefined || second !== undefined) throw new Error(`one ${language} example has ${part}`)
  expect(found.text).toContain('http://localhost:3000')
  return found.text.replace('http://localhost:3000', service.url)
}

function isThere(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function run(command: string, args: readonly string[], cwd: string): () => string {
  // `go run` starts another program: a process group is ended as a whole.
  const child: ChildProcess = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  onTestFinished(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
  return () => said
}

const runners: Readonly<Record<string, { readonly file: string; readonly part: string; readonly command: string[] }>> =
  {
    ts: { file: 'example.ts', part: 'new WebSocket', command: [process.execPath, 'example.ts'] },
    python: { file: 'example.py', part: 'http.client', command: ['/usr/bin/python3', 'example.py'] },
    go: { file: 'example.go', part: 'package main', command: ['go', 'run', 'example.go'] },
  }

test.for(Object.keys(runners))(
  'the example in %s shows what it missed, then what comes, and keeps its cursor',
  async (language, { skip }) => {
    const { file, part, command } = runners[language] ?? { file: '', part: '', command: [] }
    const [program = '', ...args] = command
    // CI installs it; elsewhere it may be missing.
    if (language === 'go' && !isThere('go')) skip('go is not installed')
    const folder = scratchFolder(clean)
    writeFileSync(join(folder, file), exampleOf(language, part))
    const { cursor } = await publish(service.url, english(`Before ${language}`))
    writeFileSync(join(folder, 'cursor.txt'), cursor)
    const { cursor: missed } = await publish(service.url, english(`Missed by ${language}`))
    const said = run(program, args, folder)
    await expect.poll(said).toContain(`alert Missed by ${language}`)
    const { cursor: last } = await publish(service.url, english(`Live for ${language}`))
    await expect.poll(said).toContain(`alert Live for ${language}`)
    await expect.poll(() => readFileSync(join(folder, 'cursor.txt'), 'utf8')).toBe(last)
    expect(said()).toBe(`alert Missed by ${language}\nalert Live for ${language}\n`)
    expect(missed).not.toBe(last)
    expect(existsSync(join(folder, 'cursor.txt'))).toBe(true)
  },
)

test.for(Object.keys(runners))(
  'the example in %s ends when its first request is refused',
  async (language, { skip }) => {
    const { file, part, command } = runners[language] ?? { file: '', part: '', command: [] }
    const [program = '', ...args] = command
    if (language === 'go' && !isThere('go')) skip('go is not installed')
    const folder = scratchFolder(clean)
    writeFileSync(join(folder, file), exampleOf(language, part).replace('fa,en', 'xx'))
    await expect.poll(run(program, args, folder)).toContain('There is no language')
  },
)

test.for(['README.md', 'docs/protocol.md'])('the example of %s with the client shows an alert', async (path) => {
  const block = blocksOf(path).find(({ language, text }) => language === 'ts' && text.includes("from 'tocsin/client'"))
  const folder = scratchFolder(clean)
  const { cursor } = await publish(service.url, english('Before the client'))
  await publish(service.url, english('For the client'))
  const shown =
    'const localStorage: { cursor?: string } = {}\nconst show = (kind: string, alert: { headline?: string }) => console.log(kind, alert.headline)\n'
  const text = (block?.text ?? '')
    .replace("'tocsin/client'", JSON.stringify(resolve('src/client/listen.ts')))
    .replace('https://alerts.example', service.url)
    .replace('after: localStorage.cursor', `after: '${cursor}'`)
    .replace("languages: ['fa', 'en'],\n  onEntry", `languages: ['fa', 'en'],\n  after: '${cursor}',\n  onEntry`)
  writeFileSync(join(folder, 'example.ts'), `${shown}${text}`)
  const said = run(process.execPath, ['example.ts'], folder)
  await expect.poll(said).toBe('alert For the client\n')
})
