import cluster from 'node:cluster'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { MetricValues } from '../metrics.ts'
import { programFile } from '../program.ts'
import { listen } from '../server/server.ts'
import type { Service } from '../service.ts'
import { ChildFailed, StartError } from '../start-errors.ts'
import { stopMsMax } from '../threads/thread-supervisor.ts'
import { AddressCounts } from './address-counts.ts'
import { Child, type ChildReady } from './child-process.ts'
import { CounterTotals } from './counter-totals.ts'
import { reusePortVariable, roleVariable, type ToChild, type ToPrimary } from './ipc-messages.ts'
import { watchChildren } from './liveness-watch.ts'
import type { PeerQuestion } from './peers.ts'
import type { ProcessState, ProcessStates } from './process-states.ts'

const restartMsMin = 100
const restartMsMax = 10_000
/** A child that lived so long was healthy: its successor is started without back-off. */
const steadyMs = 60_000
/** The children of a killed primary hold the port until they notice that it is gone. */
const portWaitMs = 3_000
const portPollMs = 100
/**
 * How long a child may take beyond DRAIN_SECONDS before it is killed. It waits for its push threads and then for the
 * thread that stores subscriptions. They have a low priority, so on a busy machine each may take long.
 */
export const stopGraceMs = 2 * stopMsMax + 15_000

/**
 * Runs the service in `config.processes` children on one port. The primary itself holds no reader and opens no
 * database, so that little can make it fail: it starts the children, replaces those that end or hang, and forwards
 * wake-ups and questions. Every child serves the whole surface on its own connection to the database, so that it does not
 * matter whom the kernel gives a connection to; the first one, the owner, alone also pushes. The streams of an address are
 * counted here, so that the limit holds over all processes. Throws ChildFailed when a child cannot start; the child has
 * printed the reason.
 */
export async function startPrimary(
  config: Config,
  logger: Logger,
  reusePort = process.platform === 'linux',
): Promise<Service> {
  const port = await freePort(config)
  cluster.setupPrimary({
    exec: fileURLToPath(programFile('cluster/child')),
    args: [],
    execArgv: process.execArgv,
    serialization: 'advanced',
  })
  const shared = { PORT: String(port), [reusePortVariable]: reusePort ? '1' : '0' }
  const processStates = new ChildProcesses(config, logger, shared)
  const { url, firstKey, notes } = await processStates.start()
  // Each child starts itself again.
  return { url, firstKey, notes, replaced: new Promise(() => {}), stop: () => processStates.stop() }
}

/** The children, each in its slot; the owner's is the first. */
class ChildProcesses {
  readonly #config: Config
  readonly #logger: Logger
  readonly #env: Readonly<Record<string, string>>
  readonly #slots: (Child | null)[]
  readonly #waitMs: number[]
  readonly #replaced = { ended: 0, hung: 0 }
  readonly #counterTotals = new CounterTotals<Child>()
  readonly #addresses: AddressCounts<Child>
  readonly #stopped = new AbortController()
  #stopWatch: () => void = () => {}

  constructor(config: Config, logger: Logger, env: Readonly<Record<string, string>>) {
    this.#config = config
    this.#logger = logger
    this.#env = env
    this.#addresses = new AddressCounts(config.connectionsPerAddress)
    this.#slots = Array.from({ length: config.processes }, () => null)
    this.#waitMs = Array.from({ length: config.processes }, () => restartMsMin)
  }

  /** Starts the owner first: it creates the tables and the keys that the others need. */
  async start(): Promise<ChildReady> {
    let beginning: ChildReady
    try {
      beginning = await this.#begin(0)
      await Promise.all(this.#slots.slice(1).map((_, index) => this.#begin(index + 1)))
    } catch (error) {
      this.#stopped.abort()
      for (const child of this.#children()) child.kill()
      throw error
    }
    this.#slots.forEach((child, slot) => {
      if (child !== null) void this.#keep(slot, child)
    })
    this.#stopWatch = watchChildren({
      children: () => this.#children(),
      hungSeconds: this.#config.hungSeconds,
      changed: () => this.#sendProcessStates(),
      killing: ({ pid }, seconds) =>
        this.#logger.warn(
          `Process ${pid} has not answered for ${seconds} s. It is killed, so that another can take its place.`,
        ),
    })
    return beginning
  }

  /**
   * Stops every child, which says goodbye to its readers and closes them in slices. Resolves when the last child has
   * ended. Rejects when a child failed or had to be killed here; one that was killed by somebody else does not count.
   */
  async stop(): Promise<void> {
    this.#stopped.abort()
    // A child that closes its readers may not answer checks. From here on only the deadline below applies.
    this.#stopWatch()
    const children = this.#children()
    let wasLate = false
    const late = setTimeout(
      () => {
        wasLate = true
        for (const child of this.#children()) child.kill()
      },
      (this.#config.stopDelaySeconds + this.#config.drainSeconds) * 1_000 + stopGraceMs,
    )
    for (const child of children) child.send({ type: 'stop' })
    const codes = await Promise.all(children.map(({ ended }) => ended))
    clearTimeout(late)
    if (wasLate || codes.some((code) => code !== 0 && code !== null))
      throw new Error(`a child ended with ${codes.join(', ')} instead of 0`)
  }

  #spawn(slot: number): Child {
    const role = slot === 0 ? 'owner' : 'holder'
    const child = new Child({ ...this.#env, [roleVariable]: role }, (message, from) => this.#receive(message, from))
    this.#slots[slot] = child
    void child.ended.then(() => {
      if (this.#slots[slot] === child) this.#slots[slot] = null
      this.#counterTotals.ended(child)
      this.#addresses.ended(child)
      this.#sendProcessStates()
    })
    return child
  }

  /** Starts a child for the first time. Throws when it ends before it is ready: a retry would fail in the same way. */
  async #begin(slot: number): Promise<ChildReady> {
    const child = this.#spawn(slot)
    const first = await Promise.race([child.begun, child.ended])
    if (typeof first === 'object' && first !== null) return first
    throw new ChildFailed(first ?? 1)
  }

  /** Replaces the child of a slot whenever it ends. */
  async #keep(slot: number, first: Child): Promise<void> {
    for (let child = first; ; child = this.#spawn(slot)) {
      const code = await child.ended
      if (this.#stopped.signal.aborted) return
      this.#replaced[child.hung ? 'hung' : 'ended'] += 1
      const waitMs = this.#nextWaitMs(slot, child)
      const how = code === null ? 'by a signal' : `with code ${code}`
      this.#logger.warn(`Process ${child.pid} ended ${how}. Another takes its place in ${waitMs} ms.`)
      await sleep(waitMs, undefined, { signal: this.#stopped.signal }).catch(() => {})
      if (this.#stopped.signal.aborted) return
    }
  }

  #nextWaitMs(slot: number, child: Child): number {
    const waitMs = performance.now() - child.startedAt >= steadyMs ? restartMsMin : (this.#waitMs[slot] ?? restartMsMin)
    this.#waitMs[slot] = Math.min(waitMs * 2, restartMsMax)
    return waitMs
  }

  #receive(message: ToPrimary, from: Child): void {
    switch (message.type) {
      case 'ready':
        this.#sendProcessStates()
        break
      case 'appended':
        for (const child of this.#children()) if (child !== from) child.wake()
        break
      case 'ask':
        void this.#gather(from, message.id, message.question)
        break
      case 'take': {
        const answer = this.#addresses.take(from, message.address) ? 'taken' : 'none'
        from.send({ type: 'slot', id: message.id, answer })
        break
      }
      case 'give':
        this.#addresses.give(from, message.address)
    }
  }

  async #gather(from: Child, id: number, question: PeerQuestion): Promise<void> {
    const answers =
      question.about === 'metrics'
        ? await this.#metrics(from, question.own)
        : (await this.#askOthers(from, question)).map(([, answer]) => answer)
    from.send({ type: 'answers', id, answers })
  }

  async #askOthers(from: Child, question: PeerQuestion): Promise<readonly (readonly [Child, unknown])[]> {
    const others = this.#children().filter((child) => child !== from && child.state === 'ready')
    const answers = await Promise.all(others.map(async (child) => [child, await child.ask(question)] as const))
    return answers.filter(([, answer]) => answer !== undefined)
  }

  /** The other processes' metrics, and the counts of those that have ended or do not answer. */
  async #metrics(from: Child, own: MetricValues): Promise<readonly MetricValues[]> {
    const answered = (await this.#askOthers(from, { about: 'metrics', own: [] })) as [Child, MetricValues][]
    // A child that has ended meanwhile is in the totals already, with the counts of its last answer.
    const answers = answered.filter(([child]) => this.#slots.includes(child))
    for (const [child, values] of [[from, own] as const, ...answers]) this.#counterTotals.heard(child, values)
    const heard = new Set([from, ...answers.map(([child]) => child)])
    return [...answers.map(([, values]) => values), ...this.#counterTotals.besides(heard)]
  }

  #sendProcessStates(): void {
    const members = this.#slots.map((child, index): ProcessState => {
      return { slot: index + 1, pid: child?.pid, state: child?.state ?? 'ended' }
    })
    const processStates: ProcessStates = { members, replaced: this.#replaced }
    const message: ToChild = { type: 'process-states', processStates }
    for (const child of this.#children()) child.send(message)
  }

  #children(): readonly Child[] {
    return this.#slots.filter((child) => child !== null)
  }
}

/**
 * The port that the children share. Throws StartError when another program listens there: with SO_REUSEPORT the kernel
 * would let two services share the port, and each would get half of the readers.
 */
async function freePort({ host, port }: Config): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += portPollMs) {
    const probe = createServer()
    try {
      await listen(probe, host, port)
      const { port: free } = probe.address() as AddressInfo
      await new Promise((resolve) => probe.close(resolve))
      return free
    } catch (error) {
      if (!(error instanceof StartError) || waitedMs >= portWaitMs) throw error
    }
    await sleep(portPollMs)
  }
}
