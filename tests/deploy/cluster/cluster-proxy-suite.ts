import { randomBytes } from 'node:crypto'
import { afterAll, expect } from 'vitest'
import webPush from 'web-push'
import type { Start } from '../../interop/harness.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { type Running, startNode } from '../../support/processes/service.ts'
import { cleaning } from '../../support/scratch.ts'
import { kinds, type ProxyName, shippedFile } from '../shipped-proxy.ts'
import { type Proxied, shippedProxySuite } from '../shipped-proxy-suite.ts'
import { balancingTests } from './balancing-tests.ts'
import { failingNodeTests } from './failing-node-tests.ts'
import { lostDatabaseTests } from './lost-database-tests.ts'
import { rollingRestartTests } from './rolling-restart-tests.ts'

/** One of three nodes behind a proxy. */
export type ClusterNode = {
  readonly url: string
  readonly running: () => Running
  /**
   * Starts it again, after it has ended, on the same port and data. `databasePort`: of a proxy before the database; without
   * one it goes there directly.
   */
  readonly startAgain: (databasePort?: number) => Promise<void>
}
/** A proxy and the nodes behind it, which a test ends, stops and starts again one by one. */
export type ProxiedCluster = Proxied & {
  readonly cluster: () => readonly [ClusterNode, ClusterNode, ClusterNode]
  readonly databasePort: () => Promise<number>
  /** Makes the database one that can only be read, or not any more. */
  readonly setReadOnly: (is: boolean) => Promise<void>
}

/** One of Debian's proxies with its file from deploy/cluster, in front of three nodes on one PostgreSQL. */
export function clusterProxySuite(name: ProxyName): void {
  const clean = cleaning(afterAll)
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  const keys = { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }
  const settings = { ...keys, ...extraSettings(name), PUSH_SECRET: randomBytes(32).toString('base64') }
  let database: Promise<string> | undefined
  const running = new Map<string, Running>()
  const starts = new Map<string, ClusterNode['startAgain']>()

  const start: Start = async (folder, env) => {
    database ??= freshDatabase(clean)
    const databaseUrl = await database
    const begin = async (url: string) => {
      const node = await startNode(folder, { ...env, ...settings, ...onDatabase(url) })
      running.set(node.url, node)
      return node
    }
    const { url } = await begin(databaseUrl)
    starts.set(url, async (port) => {
      const here = new URL(databaseUrl)
      if (port !== undefined) here.port = String(port)
      await begin(here.href)
    })
    return { url, kill: async () => void (await running.get(url)?.end('SIGKILL')) }
  }
  const nodeAt = (url: string): ClusterNode => ({
    url,
    running() {
      const node = running.get(url)
      if (node === undefined) throw new Error(`no node was started at ${url}`)
      return node
    },
    startAgain: async (port) => starts.get(url)?.(port),
  })
  const databasePort = async () => Number(new URL((await database) ?? '').port)
  const setReadOnly = async (is: boolean) => {
    const url = new URL((await database) ?? '')
    const databaseName = url.pathname.slice(1)
    const admin = openDatabase(clean, url.href.replace(databaseName, 'postgres'))
    const act = is ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only'
    await admin.once(`alter database ${databaseName} ${act}`)
    // Sessions that are open keep the setting that they began with.
    await admin.once('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', databaseName)
  }
  shippedProxySuite(name, 'three nodes on PostgreSQL', start, {
    count: 3,
    more(proxied) {
      const cluster = () => {
        const [one, two, three] = proxied.nodes().map(({ url }) => nodeAt(url))
        if (one === undefined || two === undefined || three === undefined)
          throw new Error('three nodes were not started')
        return [one, two, three] as const
      }
      for (const tests of [balancingTests, failingNodeTests, lostDatabaseTests, rollingRestartTests])
        tests({ ...proxied, cluster, databasePort, setReadOnly })
    },
  })
}

/** What the head of the proxy's file asks every node to set besides the usual. */
function extraSettings(name: ProxyName): Readonly<Record<string, string>> {
  const [asked = ''] = /^# The settings of every node: .*$/m.exec(shippedFile(`cluster/${kinds[name].file}`)) ?? []
  expect(asked).toContain('TRUST_PROXY=1')
  return Object.fromEntries(
    [...asked.matchAll(/(STOP_DELAY_SECONDS)=(\d+)/g)].map(([, setting, value]) => [setting, value]),
  )
}
