import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { EntrySigning, SigningDeps } from '../../../src/log/sign-entry.ts'
import { type SignedLogPlace, signedLogContract } from '../../contracts/signed-log.ts'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'
import { seedOf } from '../../support/signing/test-signer.ts'

// The contract of the signed log in a Durable Object of a real workerd. Each log is an object of its own, which is ended, with all
// that it has in memory, when nobody has it open.

const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: Promise<RunningWorker> | undefined
let places = 0

afterAll(async () => {
  await (await edge)?.end()
  rmSync(folder, { recursive: true, force: true })
})

async function call(name: string, opening: number, on: string, method: string, given: readonly unknown[] = []) {
  edge ??= startWorker({ folder, main: 'tests/edge/signed-log-main.ts' })
  const { url } = await edge
  const body = JSON.stringify({ on, method, given })
  const answer = await fetch(new URL(`/?name=${name}&opening=${opening}`, url), { method: 'POST', body })
  const { value, failure } = (await answer.json()) as { value?: unknown; failure?: string }
  if (failure !== undefined && !failure.includes('ordered by the test')) throw new Error(failure)
  return value
}

/** A log or its signing, whose methods are called in the object, one after the other where they do not wait. */
function remote<Methods extends object>(name: string, opening: number, on: string, before: () => Promise<unknown>) {
  return new Proxy({} as Methods, {
    get(_, method) {
      // It is no promise, though what opens it gives it as one.
      if (method === 'then') return undefined
      return async (...given: readonly unknown[]) => {
        await before()
        return call(name, opening, on, String(method), given)
      }
    },
  })
}

async function makePlace(): Promise<SignedLogPlace> {
  places += 1
  const name = `log${places}`
  let openings = 0
  const open = new Set<number>()
  return {
    async open() {
      openings += 1
      const opening = openings
      open.add(opening)
      let begun: Promise<unknown> = Promise.resolve()
      const log = remote<Awaited<ReturnType<SignedLogPlace['open']>>['log']>(name, opening, 'log', () => begun)
      const signing: EntrySigning = {
        begin({ signer, newsroom }: SigningDeps) {
          begun = call(name, opening, 'signing', 'begin', [{ seed: [...seedOf(signer)], newsroom }])
        },
        ...methodsOf(remote<EntrySigning>(name, opening, 'signing', () => begun)),
      }
      const close = async () => {
        open.delete(opening)
        if (open.size === 0) await call(name, opening, 'place', 'end')
      }
      return { log, signing, close }
    },
    async renew() {
      await call(name, 0, 'place', 'renew')
    },
  }
}

const methodsOf = ({ signMore, newestKey }: EntrySigning) => ({ signMore, newestKey })

signedLogContract('a Durable Object', makePlace, 5)
