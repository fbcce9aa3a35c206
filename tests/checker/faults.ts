import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { childrenOf, gone, stateOf, whole } from '../support/processes/process-states.ts'
import { freePort, type Running, startNode } from '../support/processes/service.ts'
import type { Chance } from './chance.ts'
import type { CountEvent } from './listener.ts'

const crashFile = new URL('./crash-between.ts', import.meta.url)
/** Not what is built of it: there the crash would find another hub than the one it has changed. */
const sourceProgram = fileURLToPath(new URL('../../src/node/main.ts', import.meta.url))

/** A service in two processes, and what can be done to it. Each fault is counted only when it has been seen to happen. */
export class Victim {
  readonly url: string
  readonly #folder: string
  readonly #port: string
  readonly #chance: Chance
  readonly #count: CountEvent
  #running: Running

  private constructor(folder: string, port: string, chance: Chance, count: CountEvent, running: Running) {
    this.#folder = folder
    this.#port = port
    this.#chance = chance
    this.#count = count
    this.#running = running
    this.url = `http://localhost:${port}`
  }

  static async start(folder: string, chance: Chance, count: CountEvent): Promise<Victim> {
    const port = await freePort()
    return new Victim(folder, port, chance, count, await run(folder, port))
  }

  /** A child dies between having read an entry and telling it to anyone; another takes its place. */
  async crashBetween(): Promise<void> {
    const arm = join(this.#folder, 'armed')
    const fired = () => readdirSync(this.#folder).filter((name) => name.startsWith('armed.'))
    const before = fired()
    writeFileSync(arm, '')
    await expect.poll(() => fired().length, { timeout: 60_000, interval: 10 }).toBe(before.length + 1)
    const [, pid] =
      fired()
        .find((name) => !before.includes(name))
        ?.split('.') ?? []
    await gone(Number(pid))
    expect(existsSync(arm)).toBe(false)
    this.#count('a child killed between commit and fan-out')
    await whole(this.url)
  }

  async killChild(): Promise<void> {
    const pid = this.#anyChild()
    process.kill(pid, 'SIGKILL')
    await gone(pid)
    this.#count('a child killed')
    await whole(this.url)
  }

  /** A child stands still for a while, and goes on. */
  async pauseChild(ms: number): Promise<void> {
    const pid = this.#anyChild()
    process.kill(pid, 'SIGSTOP')
    await expect.poll(() => stateOf(pid), { interval: 5 }).toBe('T')
    await sleep(ms)
    process.kill(pid, 'SIGCONT')
    await expect.poll(() => stateOf(pid), { interval: 5 }).not.toBe('T')
    this.#count('a child stopped and continued')
  }

  /** A child stands still for good, until the service itself has replaced it. */
  async hangChild(): Promise<void> {
    const pid = this.#anyChild()
    process.kill(pid, 'SIGSTOP')
    await expect.poll(() => stateOf(pid), { interval: 5 }).toBe('T')
    await gone(pid)
    this.#count('a child hung and replaced')
    await whole(this.url)
  }

  /** The whole service dies at once, and is started again. */
  async killAll(): Promise<void> {
    const children = childrenOf(this.#running)
    expect(await this.#running.end('SIGKILL')).toBeNull()
    for (const pid of children) await gone(pid)
    this.#count('the service killed')
    this.#running = await run(this.#folder, this.#port)
  }

  /** The service is stopped as an operator does, and started again. */
  async drain(): Promise<void> {
    expect(await this.#running.end('SIGTERM'), this.#running.error()).toBe(0)
    this.#count('the service drained')
    this.#running = await run(this.#folder, this.#port)
  }

  /** How many readers do not read what they are sent, in all processes; NaN when that is not told. */
  async full(): Promise<number> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text()
    return Number(/tocsin_subscribers\{state="full"\} (\d+)/.exec(metrics)?.[1])
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    return this.#running.end(signal)
  }

  #anyChild(): number {
    const [first, ...others] = childrenOf(this.#running)
    if (first === undefined) throw new Error('the service has no children')
    return this.#chance.pick([first, ...others])
  }
}

function run(folder: string, port: string): Promise<Running> {
  return startNode(
    folder,
    {
      ...{ PORT: port, PROCESSES: '2', DRAIN_SECONDS: '1', HUNG_SECONDS: '8', LOG_LEVEL: 'error' },
      ARM_FILE: join(folder, 'armed'),
      NODE_OPTIONS: `--import ${fileURLToPath(crashFile)}`,
    },
    sourceProgram,
  )
}
