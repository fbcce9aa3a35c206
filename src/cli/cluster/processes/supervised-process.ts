import type { ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, rmSync, type WriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** One process of a cluster. */
export type ProcessPlan = {
  /** In sentences: `node 2`. */
  readonly name: string
  /** In names of files: `node2`. */
  readonly fileName: string
  /** What its end means for readers and editors, in a sentence. */
  readonly consequence: string
  readonly launch: () => ChildProcess
  readonly isReadyLine: (line: string) => boolean
}

/** Waits before a further start, by how often it has failed or ended soon. */
const backOffMs = [1_000, 2_000, 5_000, 10_000, 30_000] as const
/** One that ran for less than this has ended soon. */
const soonMs = 20_000
const lookMs = 300
const linesKept = 5
const logBytesMax = 50_000_000

/**
 * A process that is started again whenever it ends, after a wait, until `stop`. In the folder are its process id
 * (`<fileName>.pid`, while it runs) and what it prints (`<fileName>.log`, begun anew at each start of the cluster). While
 * there is a file `<fileName>.down`, it is not started again.
 */
export class SupervisedProcess {
  readonly #plan: ProcessPlan
  readonly #pidFile: string
  readonly #downFile: string
  readonly #logFile: string
  readonly #log: WriteStream
  readonly #tell: (line: string) => void
  readonly #stopping = new AbortController()
  #logBytes = 0
  #child: ChildProcess | null = null
  #isReady = false
  #exited: Promise<string> = Promise.resolve('')
  #lastLines: string[] = []

  constructor(plan: ProcessPlan, folder: string, tell: (line: string) => void) {
    this.#plan = plan
    this.#pidFile = join(folder, `${plan.fileName}.pid`)
    this.#downFile = join(folder, `${plan.fileName}.down`)
    this.#logFile = join(folder, `${plan.fileName}.log`)
    rmSync(this.#downFile, { force: true })
    this.#log = createWriteStream(this.#logFile, { mode: 0o600 })
    this.#log.on('error', () => {})
    this.#tell = tell
  }

  /** Whether it runs and has said that it is ready. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Starts it. Resolves when it is ready; throws an Error with its last lines when it ends before. */
  async start(): Promise<void> {
    await this.#launch()
    void this.#keep()
  }

  /** Sends a signal, and SIGKILL when it has not ended within `msMax`. It is not started again. */
  async stop(signal: NodeJS.Signals, msMax: number): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), msMax)
    this.#child?.kill(signal)
    // One that was frozen would not see the signal.
    this.#child?.kill('SIGCONT')
    await this.#exited
    clearTimeout(timer)
    // A file that is still being opened would appear in a folder that is being deleted.
    await new Promise((resolve) => this.#log.end(resolve))
  }

  #launch(): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    this.#lastLines = []
    const child = this.#plan.launch()
    this.#child = child
    const ready = Promise.withResolvers<void>()
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => {
          this.#keepLine(line)
          if (!this.#plan.isReadyLine(line)) return
          this.#isReady = this.#child === child
          ready.resolve()
        })
    const exited = Promise.withResolvers<string>()
    this.#exited = exited.promise
    const gone = (how: string) => {
      this.#child = null
      this.#isReady = false
      rmSync(this.#pidFile, { force: true })
      exited.resolve(how)
      // Its last lines may come after its end.
      setTimeout(() => ready.reject(new Error(this.#lastWords() ?? how)), lookMs)
    }
    child.once('error', (error) => gone(`cannot be started: ${error.message}`))
    child.once('exit', (code, signal) => gone(`ended (${signal ?? `exit code ${code}`})`))
    if (child.pid !== undefined) writeFileSync(this.#pidFile, `${child.pid}\n`)
    return ready.promise
  }

  async #keep(): Promise<void> {
    let soonEnds = 0
    for (;;) {
      const startedAt = performance.now()
      const how = await this.#exited
      if (this.#stopping.signal.aborted) return
      soonEnds = performance.now() - startedAt < soonMs ? soonEnds + 1 : 0
      try {
        await this.#startAgain(how, Math.max(0, soonEnds - 1))
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        throw error
      }
    }
  }

  /** Throws only when it is to be stopped. */
  async #startAgain(how: string, failuresBefore: number): Promise<void> {
    const { name, consequence } = this.#plan
    let waitMs = waitOf(failuresBefore)
    if (existsSync(this.#downFile)) {
      this.#tell(`${name} ${how}, and stays away while ${this.#downFile} exists. ${consequence}`)
    } else this.#tell(`${name} ${how}. ${consequence} It is started again in ${waitMs / 1_000} s.`)
    let said = ''
    for (let failures = failuresBefore + 1; ; failures += 1) {
      if (existsSync(this.#downFile)) await this.#whileDown()
      else await sleep(waitMs, undefined, { signal: this.#stopping.signal })
      const startedAt = performance.now()
      try {
        await this.#launch()
        return this.#tell(`${name} is ready again: its start took ${seconds(performance.now() - startedAt)} s.`)
      } catch (error) {
        this.#stopping.signal.throwIfAborted()
        waitMs = waitOf(failures)
        const why = error instanceof Error ? error.message : String(error)
        // Each reason once, because it may be tried for hours.
        if (why !== said)
          this.#tell(`${name} does not start: ${why} It is tried again and again; its log: ${this.#logFile}`)
        said = why
      }
    }
  }

  async #whileDown(): Promise<void> {
    while (existsSync(this.#downFile)) await sleep(lookMs, undefined, { signal: this.#stopping.signal })
  }

  #keepLine(line: string): void {
    this.#lastLines = [...this.#lastLines, line].slice(-linesKept)
    this.#logBytes += line.length + 1
    if (this.#logBytes < logBytesMax) this.#log.write(`${line}\n`)
  }

  /** The line that says most likely why it ended. */
  #lastWords(): string | null {
    const lines = this.#lastLines.map((line) => line.replace(/^.*? (FATAL|PANIC): +/, '').trim()).filter(Boolean)
    return lines.findLast((line) => !/^(HINT|DETAIL|LOG)\b/.test(line)) ?? null
  }
}

function waitOf(failures: number): number {
  return backOffMs[Math.min(failures, backOffMs.length - 1)] ?? 0
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
