import { type ChildProcess, type Serializable, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bunProgram } from './native-programs.ts'

const reportMsMax = 120_000
const endMsMax = 5_000

/** Whether processes can be kept to one core each. */
export const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0

/**
 * The flags of Node that `npm start` gives the service. Every server of the bench that runs on Node gets them.
 * BENCH_NODE_FLAGS: others instead, such as "" for none.
 */
const serverFlags = (process.env.BENCH_NODE_FLAGS ?? startFlags()).split(' ').filter(Boolean)

function startFlags(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } }
  const flags = / node ((?:--\S+ )+)dist\/node\/main\.js$/.exec(scripts.start)?.[1]
  if (flags === undefined) throw new Error('the start script gives Node its flags in another place than expected')
  return flags
}

/** A process of the bench, asked one thing at a time. */
export class Worker {
  readonly #name: string
  readonly #child: ChildProcess

  /** `core`: the one it is kept to, where that is possible; null: none. */
  constructor(file: URL, core: number | null) {
    const path = fileURLToPath(file)
    const flags = path.includes('/servers/') ? serverFlags : []
    const program =
      path.includes('/bun-') && bunProgram !== null
        ? [bunProgram, path]
        : [process.execPath, '--expose-gc', ...flags, path]
    const [command = '', ...args] = canPin && core !== null ? ['taskset', '-c', String(core), ...program] : program
    this.#name = path
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  /** The next report that has this field. Throws when the process ends or loses a connection first. */
  next<Report extends object>(field: keyof Report & string): Promise<Report> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => settle(() => reject(new Error(`${this.#name}: ${why}`)))
      const timer = setTimeout(() => fail(`no ${field} in ${reportMsMax / 1_000} s`), reportMsMax)
      const onMessage = (report: object) => {
        if (field in report) settle(() => resolve(report as Report))
        else if ('lost' in report) fail(String(report.lost))
      }
      const onExit = (code: number | null) => fail(`ended with code ${code}`)
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#child.off('message', onMessage)
        this.#child.off('exit', onExit)
        act()
      }
      this.#child.on('message', onMessage)
      this.#child.on('exit', onExit)
    })
  }

  ask<Report extends object>(order: Serializable, field: keyof Report & string): Promise<Report> {
    const report = this.next<Report>(field)
    this.#child.send(order)
    return report
  }

  tell(order: Serializable): void {
    this.#child.send(order)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    // All end when nobody gives them orders any more; those that run another program take it along.
    if (this.#child.connected) this.#child.disconnect()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endMsMax)
    await gone
    clearTimeout(late)
  }
}
