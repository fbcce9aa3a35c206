import cluster from 'node:cluster'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import type { Voice } from '../logger.ts'
import type { MetricValues } from '../metrics.ts'
import { programFile } from '../program.ts'
import { listen } from '../server/server.ts'
import type { Service } from '../service.ts'
import { ChildFailed, StartTrouble } from '../start-errors.ts'
import { stopMostMs } from '../thread-supervisor.ts'
import { AddressPlaces } from './address-counts.ts'
import { type Beginning, Child } from './child-process.ts'
import { Ledger } from './counter-totals.ts'
import { reusePortVariable, roleVariable, type ToChild, type ToPrimary } from './ipc-messages.ts'
import { watchChildren } from './liveness-watch.ts'
import type { Question } from './peers.ts'
import type { Family as FamilyState, Member } from './process-states.ts'

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
  voice: Voice,
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
  const family = new Family(config, voice, shared)
  const { url, firstKey, notes } = await family.start()
  return { url, firstKey, notes, stop: () => family.stop() }
}

/** The children, each in its place; the owner's is the first. */
class Family {
  readonly #config: Config
  readonly #voice: Voice
  readonly #env: Readonly<Record<string, string>>
  readonly #places: (Child | null)[]
  readonly #waitMs: number[]
  readonly #replaced = { ended: 0, hung: 0 }
  readonly #ledger = new Ledger<Child>()
  readonly #addresses: AddressPlaces<Child>
  readonly #stopped = new AbortController()
  #stopWatch: () => void = () => {}

  constructor(config: Config, voice: Voice, env: Readonly<Record<string, string>>) {
    this.#config = config
    this.#voice = voice
    this.#env = env
    this.#addresses = new AddressPlaces(config.connectionsPerAddress)
    this.#places = Array.from({ length: config.processes }, () => null)
    this.#waitMs = Array.from({ length: config.processes }, () => restartMsMin)
  }

  /** The owner first: it makes what the others find. */
  async start(): Promise<Beginning> {
    let beginning: Beginning
    try {
      beginning = await this.#begin(0)
      await Promise.all(this.#places.slice(1).map((_, index) => this.#begin(index + 1)))
    } catch (trouble) {
      this.#stopped.abort()
      for (const child of this.#children()) child.kill()
      throw trouble
    }
    this.#places.forEach((child, place) => {
      if (child !== null) void this.#keep(place, child)
    })
    this.#stopWatch = watchChildren({
      children: () => this.#children(),
      hungSeconds: this.#config.hungSeconds,
      changed: () => this.#tellFamily(),
      killing: ({ pid }, seconds) =>
        this.#voice.warn(
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
    for (const child of children) child.tell({ type: 'stop' })
    const codes = await Promise.all(children.map(({ ended }) => ended))
    clearTimeout(late)
    if (wasLate || codes.some((code) => code !== 0 && code !== null))
      throw new Error(`a child ended with ${codes.join(', ')} instead of 0`)
  }

  #spawn(place: number): Child {
    const role = place === 0 ? 'owner' : 'holder'
    const child = new Child({ ...this.#env, [roleVariable]: role }, (message, from) => this.#hear(message, from))
    this.#places[place] = child
    void child.ended.then(() => {
      if (this.#places[place] === child) this.#places[place] = null
      this.#ledger.ended(child)
      this.#addresses.ended(child)
      this.#tellFamily()
    })
    return child
  }

  /** Starts a child for the first time. Throws when it ends before it is ready: then it would do so again. */
  async #begin(place: number): Promise<Beginning> {
    const child = this.#spawn(place)
    const first = await Promise.race([child.begun, child.ended])
    if (typeof first === 'object' && first !== null) return first
    throw new ChildFailed(first ?? 1)
  }

  /** Sees to it that there is always a child in a place. */
  async #keep(place: number, first: Child): Promise<void> {
    for (let child = first; ; child = this.#spawn(place)) {
      const code = await child.ended
      if (this.#stopped.signal.aborted) return
      this.#replaced[child.hung ? 'hung' : 'ended'] += 1
      const waitMs = this.#nextWaitMs(place, child)
      const how = code === null ? 'by a signal' : `with code ${code}`
      this.#voice.warn(`Process ${child.pid} ended ${how}. Another takes its place in ${waitMs} ms.`)
      await sleep(waitMs, undefined, { signal: this.#stopped.signal }).catch(() => {})
      if (this.#stopped.signal.aborted) return
    }
  }

  #nextWaitMs(place: number, child: Child): number {
    const waitMs = performance.now() - child.bornAt >= steadyMs ? restartMsMin : (this.#waitMs[place] ?? restartMsMin)
    this.#waitMs[place] = Math.min(waitMs * 2, restartMsMax)
    return waitMs
  }

  #hear(message: ToPrimary, from: Child): void {
    switch (message.type) {
      case 'ready':
        this.#tellFamily()
        break
      case 'appended':
        for (const child of this.#children()) if (child !== from) child.ring()
        break
      case 'ask':
        void this.#gather(from, message.id, message.question)
        break
      case 'take': {
        const answer = this.#addresses.take(from, message.address) ? 'taken' : 'none'
        from.tell({ type: 'place', id: message.id, answer })
        break
      }
      case 'give':
        this.#addresses.give(from, message.address)
    }
  }

  async #gather(from: Child, id: number, question: Question): Promise<void> {
    const answers =
      question.about === 'metrics'
        ? await this.#metrics(from, question.own)
        : (await this.#askOthers(from, question)).map(([, answer]) => answer)
    from.tell({ type: 'answers', id, answers })
  }

  async #askOthers(from: Child, question: Question): Promise<readonly (readonly [Child, unknown])[]> {
    const others = this.#children().filter((child) => child !== from && child.state === 'ready')
    const answers = await Promise.all(others.map(async (child) => [child, await child.ask(question)] as const))
    return answers.filter(([, answer]) => answer !== undefined)
  }

  /** The others' metrics, and the counts of those who have ended or do not answer. */
  async #metrics(from: Child, own: MetricValues): Promise<readonly MetricValues[]> {
    const answered = (await this.#askOthers(from, { about: 'metrics', own: [] })) as [Child, MetricValues][]
    // Whoever has ended meanwhile is among the former already, with what they counted when they were heard before.
    const answers = answered.filter(([child]) => this.#places.includes(child))
    for (const [child, values] of [[from, own] as const, ...answers]) this.#ledger.heard(child, values)
    const heard = new Set([from, ...answers.map(([child]) => child)])
    return [...answers.map(([, values]) => values), ...this.#ledger.besides(heard)]
  }

  #tellFamily(): void {
    const members = this.#places.map((child, index): Member => {
      return { place: index + 1, pid: child?.pid, state: child?.state ?? 'ended' }
    })
    const family: FamilyState = { members, replaced: this.#replaced }
    const message: ToChild = { type: 'family', family }
    for (const child of this.#children()) child.tell(message)
  }

  #children(): readonly Child[] {
    return this.#places.filter((child) => child !== null)
  }
}

/**
 * The port to share, when nobody else listens there: the kernel would let two services share it without a word, and
 * give each of them half of the readers. Throws StartTrouble.
 */
async function freePort({ host, port }: Config): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += portPollMs) {
    const probe = createServer()
    try {
      await listen(probe, host, port)
      const { port: free } = probe.address() as AddressInfo
      await new Promise((resolve) => probe.close(resolve))
      return free
    } catch (trouble) {
      if (!(trouble instanceof StartTrouble) || waitedMs >= portWaitMs) throw trouble
    }
    await sleep(portPollMs)
  }
}
