import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const rawWriteFile = new URL('../../../src/node/streams/io-uring/raw-write.ts', import.meta.url).href
let scratch = ''
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tocsin-test-'))
})
afterEach(() => rm(scratch, { recursive: true }))

/** Runs the demo as a person would; `preload` is run in the service before it begins. */
function demo(preload = '', onOut: (out: string, interrupt: () => void) => void = () => {}) {
  const { NODE_OPTIONS: _, ...env } = process.env
  // The demo itself must not load it.
  const inService = `if (process.argv[1].endsWith('node/main.ts')) { ${preload} }`
  const options = preload ? { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(inService)}"` } : {}
  const child = spawn(process.execPath, [main, 'demo'], { env: { ...env, ...options, TMPDIR: scratch } })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
    onOut(out, () => child.kill('SIGINT'))
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out, err })),
  )
}

async function nobodyAt(out: string): Promise<void> {
  const url = /Ready +(http\S+)/.exec(out)?.[1] ?? ''
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
}

describe('the demo', () => {
  test('shows the alert, its correction and its retraction arrive at both readers, and leaves nothing behind', async () => {
    const { code, out, err } = await demo()
    expect([code, err]).toEqual([0, ''])
    const [alert, correction, retraction] = out.split(/The (?:alert|correction|retraction) {2}/).slice(1)
    for (const [part, status] of [
      [alert, 'live'],
      [correction, 'corrected'],
      [retraction, 'retracted'],
    ] as const) {
      expect(part).toMatch(new RegExp(`en {2}WebSocket, ${status}, [\\d.]+ ms\\n +UN Monitors: `))
      expect(part).toMatch(new RegExp(`fa {2}event stream, ${status}, [\\d.]+ ms\\n +ناظران`))
    }
    expect(out).toContain('Everything arrived.')
    expect(out).not.toMatch(/\p{Cc}\[/u)
    expect(await readdir(scratch)).toEqual([])
    await nobodyAt(out)
  })

  test('names what did not arrive and where, and fails', async () => {
    const swallow = `
      const { RawWriter } = await import('${rawWriteFile}')
      const { write } = RawWriter.prototype
      RawWriter.prototype.write = function (bytes) {
        const text = Buffer.from(bytes).toString()
        return text.includes('event: alert') && text.includes('"correction"') ? true : write.call(this, bytes)
      }`
    const { code, out, err } = await demo(swallow)
    expect(code).toBe(1)
    expect(err.trim()).toBe('The correction did not arrive in 20 s: the fa reader on the event stream.')
    expect(out).toMatch(/The correction[^\n]*\n {2}en {2}WebSocket/)
    expect(await readdir(scratch)).toEqual([])
    await nobodyAt(out)
  })

  test('prints the service’s own error when it does not start', async () => {
    const { code, err } = await demo(`console.error('no luck today'); process.exit(3)`)
    expect(code).toBe(1)
    expect(err).toContain('ended with code 3')
    expect(err).toContain('no luck today')
    expect(await readdir(scratch)).toEqual([])
  })

  test('Ctrl-C ends it at once, and leaves nothing behind', async () => {
    const { code, out } = await demo('', (so_far, interrupt) => {
      if (so_far.includes('Ready')) interrupt()
    })
    expect(code).not.toBe(0)
    expect(await readdir(scratch)).toEqual([])
    await nobodyAt(out)
  })
})
