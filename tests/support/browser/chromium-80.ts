import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { brotliDecompressSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { until } from '../push/push-deps.ts'
import { scratchFolder } from '../scratch.ts'

type Values = Readonly<Record<string, unknown>>

/** A page or a service worker. */
export type OldContext = {
  /** What an expression gives; a promise is waited for. Rejects with what it throws. */
  readonly evaluate: (expression: string) => Promise<unknown>
  readonly send: (method: string, params?: Values) => Promise<Values>
}

/** What runs an expression in a Chromium that Puppeteer does not drive any more: the DevTools protocol, as of version 1.3. */
export type OldChromium = {
  readonly version: string
  readonly page: OldContext
  readonly goto: (url: string) => Promise<void>
  /** The service worker of the page, once it runs. */
  readonly worker: () => Promise<OldContext>
  /** Gives the service worker a push, as the browser does that has decrypted one. */
  readonly push: (origin: string, data: string) => Promise<void>
  /** What was thrown and not caught so far, on the page and in its worker. */
  readonly thrown: readonly string[]
}

type Message = { readonly id?: number; readonly method?: string; readonly params?: Values } & {
  readonly result?: Values
  readonly error?: { readonly message: string }
}

/**
 * A real Chromium 80 (February 2020), from the package `chrome-aws-lambda` 2.1.1, for Linux on x86-64. It is the content shell,
 * which never shows a notification.
 */
export async function openChromium80(clean: (undo: () => unknown) => void): Promise<OldChromium> {
  const { socket, call, events } = await connected(await started(clean), clean)
  const thrown: string[] = []
  const registrations = new Map<string, string>()
  events.push(({ method, params = {} }) => {
    if (method === 'Runtime.exceptionThrown' || method === 'ServiceWorker.workerErrorReported')
      thrown.push(JSON.stringify(params))
    if (method === 'ServiceWorker.workerRegistrationUpdated')
      for (const { registrationId, scopeURL } of params.registrations as readonly Record<string, string>[])
        registrations.set(scopeURL ?? '', registrationId ?? '')
  })
  const attach = async (targetId: unknown): Promise<OldContext> => {
    const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
    const send = (method: string, params: Values = {}) => call(method, params, sessionId)
    await send('Runtime.enable')
    return { send, evaluate: (expression) => evaluated(send, expression) }
  }
  const page = await attach((await call('Target.createTarget', { url: 'about:blank' })).targetId)
  for (const domain of ['Page', 'ServiceWorker']) await page.send(`${domain}.enable`)
  clean(() => socket.terminate())
  return {
    ...{ page, thrown, version: String((await call('Browser.getVersion')).product) },
    async goto(url) {
      const load = new Promise<void>((resolve) => {
        events.push(({ method }) => method === 'Page.loadEventFired' && resolve())
      })
      await page.send('Page.navigate', { url })
      await load
    },
    async worker() {
      const find = async () => {
        const { targetInfos } = await call('Target.getTargets')
        return (targetInfos as readonly Values[]).find(({ type }) => type === 'service_worker')
      }
      await until(async () => (await find()) !== undefined)
      const own = await attach((await find())?.targetId)
      // It is there before its script has begun.
      await until(async () => (await own.evaluate('typeof ServiceWorkerRegistration')) === 'function')
      return own
    },
    async push(origin, data) {
      const registrationId = registrations.get(`${origin}/`)
      await page.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
    },
  }
}

/** Starts it, and resolves with the address of its DevTools. */
async function started(clean: (undo: () => unknown) => void): Promise<string> {
  const folder = scratchFolder(clean)
  const executable = join(folder, 'chromium')
  const packed = join(createRequire(import.meta.url).resolve('chrome-aws-lambda/package.json'), '../bin/chromium.br')
  writeFileSync(executable, brotliDecompressSync(readFileSync(packed)), { mode: 0o755 })
  const flags = ['--headless', '--no-sandbox', '--no-zygote', '--single-process', '--disable-gpu']
  const child = spawn(executable, [...flags, `--user-data-dir=${folder}/profile`, '--remote-debugging-port=0'])
  clean(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (address === undefined) continue
    child.stderr.resume()
    return address
  }
  throw new Error(`Chromium 80 did not start:\n${said.join('\n')}`)
}

async function connected(url: string, clean: (undo: () => unknown) => void) {
  const socket = new WebSocket(url)
  clean(() => socket.terminate())
  await once(socket, 'open')
  const waiting = new Map<number, (answer: Message) => void>()
  const events: ((event: Message) => unknown)[] = []
  let last = 0
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id === undefined) for (const heed of events) heed(message)
    else waiting.get(message.id)?.(message)
  })
  const call = (method: string, params: Values = {}, sessionId?: unknown) =>
    new Promise<Values>((resolve, reject) => {
      last += 1
      waiting.set(last, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {})
        else reject(new Error(`${method}: ${error.message}`))
      })
      socket.send(JSON.stringify({ id: last, method, params, sessionId }))
    })
  return { socket, call, events }
}

async function evaluated(send: OldContext['send'], expression: string): Promise<unknown> {
  const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails))
  return (answer.result as Values).value
}
