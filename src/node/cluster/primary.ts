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
import { stopMostMs } from '../thread-supervisor.ts'
import { AddressCounts } from './address-counts.ts'
import { Child, type ChildReady } from './child-process.ts'
import { CounterTotals } from './counter-totals.ts'
import { reusePortVariable, roleVariable, type ToChild, type ToPrimary } from './ipc-messages.ts'
import { watchChildren } from './liveness-watch.ts'
import type { PeerQuestion } from './peers.ts'
import type { ProcessStates as FamilyState, ProcessState } from './process-states.ts'

const restartMsMin = 100
const restartMsMax = 10_000
/** A child that lived so long was well: its successor is not kept waiting for what happened before. */
const steadyMs = 60_000
/** The children of a primary that was killed hold the port until they have noticed. */
const portWaitMs = 3_000
const portPollMs = 100
/**
 * What a child may take beyond DRAIN_SECONDS before it is killed: it waits for its threads that push and then for the
 * one that keeps subscriptions. They give way to others, so on a busy machine each may take its time.
 */
export const stopGraceMs = 2 * stopMostMs + 15_000

/**
 * Runs the service in `config.processes` children on one port. The primary itself holds no reader and opens no
 * database, so that there is little that could end it: it starts the children, replaces those that end or hang, and passes on
 * bells and questions. Every child serves the whole surface on its own connection to the database, so that it does not
 * matter whom the kernel gives a connection to; the first one, the owner, alone also pushes. The streams of an address are
 * counted here, so that their limit holds for all together. Throws ChildFailed when a child cannot start: it has said why.
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
  return { url, firstKey, notes, stop: () => processStates.stop() }
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

  /** The owner first: it makes what the others find. */
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
   * Lets every child say goodbye and close in slices; resolves when the last is gone. Rejects when one failed or had to
   * be killed by us; one that somebody else killed meanwhile has nothing left to close.
   */
  async stop(): Promise<void> {
    this.#stopped.abort()
    // From here on the deadline below is the only judge: who closes is busy, not hung.
    this.#stopWatch()
    const children = this.#children()
    let wasLate = false
    const late = setTimeout(
      () => {
        wasLate = true
        for (const child of this.#children()) child.kill()
      },
      this.#config.drainSeconds * 1_000 + stopGraceMs,
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

  /** Starts a child for the first time. Throws when it ends before it is ready: then it would do so again. */
  async #begin(slot: number): Promise<ChildReady> {
    const child = this.#spawn(slot)
    const first = await Promise.race([child.begun, child.ended])
    if (typeof first === 'object' && first !== null) return first
    throw new ChildFailed(first ?? 1)
  }

  /** Sees to it that there is always a child in a slot. */
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

  /** The others' metrics, and the counts of those who have ended or do not answer. */
  async #metrics(from: Child, own: MetricValues): Promise<readonly MetricValues[]> {
    const answered = (await this.#askOthers(from, { about: 'metrics', own: [] })) as [Child, MetricValues][]
    // Whoever has ended meanwhile is among the former already, with what they counted when they were heard before.
    const answers = answered.filter(([child]) => this.#slots.includes(child))
    for (const [child, values] of [[from, own] as const, ...answers]) this.#counterTotals.heard(child, values)
    const heard = new Set([from, ...answers.map(([child]) => child)])
    return [...answers.map(([, values]) => values), ...this.#counterTotals.besides(heard)]
  }

  #sendProcessStates(): void {
    const members = this.#slots.map((child, index): ProcessState => {
      return { place: index + 1, pid: child?.pid, state: child?.state ?? 'ended' }
    })
    const processStates: FamilyState = { members, replaced: this.#replaced }
    const message: ToChild = { type: 'process-states', processStates }
    for (const child of this.#children()) child.send(message)
  }

  #children(): readonly Child[] {
    return this.#slots.filter((child) => child !== null)
  }
}

/**
 * The port to share, when nobody else listens there: the kernel would let two services share it without a word, and
 * give each of them half of the readers. Throws StartError.
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
