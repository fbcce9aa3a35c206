import { readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { PostgresDatabase } from '../../src/store/postgres/postgres-database.ts'
import { openDatabase } from '../support/postgres/fresh-database.ts'
import { noPgBouncer, startPgBouncer } from '../support/postgres/pgbouncer.ts'
import type { PostgresServer } from '../support/postgres/postgres-server.ts'
import { stallingProxy } from '../support/postgres/stalling-proxy.ts'
import { createDatabase, startWithTemplate } from '../support/postgres/template-database.ts'
import type { Front } from '../support/processes/balancing-front.ts'
import { gone, stateOf } from '../support/processes/process-states.ts'
import type { Chance } from './chance.ts'
import { type ClusterNode, startCluster } from './cluster.ts'
import type { CountEvent } from './listener.ts'

type Clean = (undo: () => unknown) => void
type Proxy = Awaited<ReturnType<typeof stallingProxy>>
type Nodes = readonly [ClusterNode, ...ClusterNode[]]

const long = { timeout: 120_000, interval: 50 }
const databaseName = 'checked'
const selectListeners = `select pid from pg_stat_activity
  where datname = $1 and application_name like 'tocsin % listen' order by pid`

/** Three nodes and their database, and what can be done to them. Each fault is counted only when it was seen to happen. */
export class ClusterVictim {
  readonly nodes: Nodes
  readonly front: Front
  /** The database, past every proxy and pooler. */
  readonly databaseUrl: string
  readonly #server: PostgresServer
  readonly #admin: PostgresDatabase
  readonly #listening: Proxy
  readonly #chance: Chance
  readonly #count: CountEvent

  private constructor(
    given: { nodes: Nodes; front: Front; server: PostgresServer; admin: PostgresDatabase; listening: Proxy },
    chance: Chance,
    count: CountEvent,
  ) {
    this.nodes = given.nodes
    this.front = given.front
    this.databaseUrl = given.server.url(databaseName)
    this.#server = given.server
    this.#admin = given.admin
    this.#listening = given.listening
    this.#chance = chance
    this.#count = count
  }

  /** `isPooled`: all nodes reach the database through PgBouncer in transaction mode, but for their wake-ups. */
  static async start(clean: Clean, isPooled: boolean, chance: Chance, count: CountEvent): Promise<ClusterVictim> {
    const server = await startWithTemplate()
    clean(() => server.remove())
    await createDatabase(server.url('postgres'), databaseName)
    const listening = await stallingProxy(server.port, clean)
    const port = isPooled && noPgBouncer === null ? await startPgBouncer(server.port, clean) : server.port
    const env = () => ({ LISTEN_DATABASE_URL: server.url(databaseName, listening.port) })
    const { nodes, front } = await startCluster(clean, server.url(databaseName, port), env)
    const admin = openDatabase(clean, server.url(databaseName))
    return new ClusterVictim({ nodes: nodes as unknown as Nodes, front, server, admin, listening }, chance, count)
  }

  chooseUrl(): string {
    return this.#chance.pick(this.nodes.map(({ url }) => url) as [string])
  }

  /** A process is killed when it has committed an entry, before it or its readers know of it. */
  async crashAfterCommit(): Promise<void> {
    const node = this.#anyNode()
    await gone(await fired(node.armFiles.commit))
    this.#count('a process killed between commit and wake-up')
    await this.#revive(node)
  }

  /** A process is killed when it has read an entry, before its readers know of it. */
  async crashBetween(): Promise<void> {
    const node = this.#anyNode()
    await gone(await fired(node.armFiles.deliver))
    this.#count('a process killed between wake-up and fan-out')
    await this.#revive(node)
  }

  /** A process stops while it holds the lock of the log, until the database has ended its transaction. */
  async stopWithLock(): Promise<void> {
    const node = this.#anyNode()
    const pid = await fired(node.armFiles.lock)
    await expect.poll(() => stateOf(pid), long).toBe('T')
    // Stopped while it holds the lock that every append waits for: that others append shows that the database has ended it.
    const before = await this.#head()
    await expect.poll(() => this.#head(), long).toBeGreaterThan(before)
    expect(stateOf(pid)).toBe('T')
    process.kill(pid, 'SIGCONT')
    this.#count('a process stopped while it held the lock of the log')
    await node.ready()
  }

  async killNode(): Promise<void> {
    const node = this.#anyNode()
    expect(await node.end('SIGKILL')).toBeNull()
    this.#count('a node killed')
    await sleep(this.#chance.between(100, 2_000))
    await node.start()
  }

  /** Each node is stopped as an operator does, and started again before the next one is. */
  async restartNodes(): Promise<void> {
    for (const node of this.nodes) {
      expect(await node.end('SIGTERM'), node.said).toBe(0)
      await node.start()
    }
    this.#count('every node restarted, one after the other')
  }

  /** The front ends all connections: readers come to another node. */
  cutFront(): void {
    expect(this.front.cut()).toBeGreaterThan(0)
    this.#count('every connection of the front cut')
  }

  async terminateListeners(): Promise<void> {
    const before = await this.#allListeners()
    for (const pid of before) await this.#admin.once('select pg_terminate_backend($1)', pid)
    await this.#listenersReplaced(before)
    this.#count('the connections that listen terminated')
  }

  /** The connections that listen stay open, and nothing comes through them: each node must notice. */
  async deafenListeners(): Promise<void> {
    const before = await this.#allListeners()
    const { bytes } = this.#listening.lost()
    this.#listening.silenceOpen()
    await expect.poll(() => this.#listening.lost().bytes, long).toBeGreaterThan(bytes)
    await this.#listenersReplaced(before)
    this.#count('the connections that listen deaf, noticed and replaced')
  }

  /** All comes through but notifications, which no health check can notice: the poll brings what is new. */
  async dropNotifications(): Promise<void> {
    const { notifications } = this.#listening.lost()
    this.#listening.dropNotifications()
    await expect.poll(() => this.#listening.lost().notifications, long).toBeGreaterThan(notifications + 20)
    await sleep(3_000)
    this.#listening.goOn()
    this.#count('notifications lost')
  }

  async restartDatabase(how: 'fast' | 'immediate'): Promise<void> {
    await this.#server.stop(how)
    await this.#unready()
    await sleep(this.#chance.between(0, 2_000))
    await this.#server.startAgain()
    for (const node of this.nodes) await node.ready()
    this.#count(`the database stopped (${how}) and started again`)
  }

  async freezeDatabase(): Promise<void> {
    this.#server.signal('SIGSTOP')
    await this.#unready()
    expect(stateOf(this.#server.pid)).toBe('T')
    this.#server.signal('SIGCONT')
    for (const node of this.nodes) await node.ready()
    this.#count('the database frozen and continued')
  }

  /** How many connections to the database there are besides those that listen. */
  async connections(): Promise<number> {
    const [row] = await this.#admin.all<{ count: number }>(
      `select count(*) as count from pg_stat_activity where datname = $1 and application_name not like '% listen' and application_name <> 'tests'`,
      databaseName,
    )
    return row?.count ?? 0
  }

  #anyNode(): ClusterNode {
    return this.#chance.pick(this.nodes)
  }

  /** A process of the node was killed. The node starts it again, if it has others; else the operator's supervisor does. */
  async #revive(node: ClusterNode): Promise<void> {
    if (node.processes > 1) return node.ready()
    await node.end('SIGKILL')
    await node.start()
  }

  async #unready(): Promise<void> {
    const statuses = () =>
      Promise.all(
        this.nodes.map(({ url }) =>
          fetch(`${url}/readyz`).then(
            ({ status }) => status,
            () => 0,
          ),
        ),
      )
    await expect.poll(statuses, long).toEqual(this.nodes.map(() => 503))
  }

  async #head(): Promise<number> {
    const [row] = await this.#admin.all<{ head: number }>('select head from tocsin.log_head')
    return row?.head ?? 0
  }

  async #listeners(): Promise<readonly number[]> {
    return (await this.#admin.all<{ pid: number }>(selectListeners, databaseName)).map(({ pid }) => pid)
  }

  /** All nodes listen, also soon after a fault. */
  async #allListeners(): Promise<readonly number[]> {
    await expect.poll(async () => (await this.#listeners()).length, long).toBe(this.nodes.length)
    return this.#listeners()
  }

  async #listenersReplaced(before: readonly number[]): Promise<void> {
    const kept = async () => {
      const now = await this.#listeners()
      return [now.length, now.filter((pid) => before.includes(pid))]
    }
    await expect.poll(kept, long).toEqual([this.nodes.length, []])
  }
}

/** Makes the file, and gives the process that has taken it. */
async function fired(file: string): Promise<number> {
  const taken = () =>
    readdirSync(dirname(file))
      .filter((name) => name.startsWith(`${basename(file)}.`))
      .map((name) => Number(name.split('.')[1]))
  const before = taken()
  writeFileSync(file, '')
  await expect.poll(() => taken().length, long).toBe(before.length + 1)
  return taken().find((pid) => !before.includes(pid)) ?? 0
}
