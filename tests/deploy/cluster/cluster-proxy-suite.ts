import { randomBytes } from 'node:crypto'
import { afterAll, expect } from 'vitest'
import webPush from 'web-push'
import type { Start } from '../../interop/harness.ts'
import { freshDatabase } from '../../support/postgres/fresh-database.ts'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
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
  /** The way from it to the database. */
  readonly network: Awaited<ReturnType<typeof stallingProxy>>
  /** Starts it again, after it has ended, on the same port and data. */
  readonly startAgain: () => Promise<void>
}
/** A proxy and the nodes behind it, which a test ends, stops and starts again one by one. */
export type ProxiedCluster = Proxied & {
  readonly cluster: () => readonly [ClusterNode, ClusterNode, ClusterNode]
}

/** One of Debian's proxies with its file from deploy/cluster, in front of three nodes on one PostgreSQL. */
export function clusterProxySuite(name: ProxyName): void {
  const clean = cleaning(afterAll)
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  const keys = { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }
  const settings = { ...keys, ...extraSettings(name), PUSH_SECRET: randomBytes(32).toString('base64') }
  let database: Promise<string> | undefined
  const running = new Map<string, Running>()
  const starts = new Map<string, () => Promise<void>>()
  const networks = new Map<string, Promise<ClusterNode['network']>>()
  const networkUrls = new Map<string, ClusterNode['network']>()

  const start: Start = async (folder, env) => {
    database ??= freshDatabase(clean)
    const databaseUrl = await database
    const { port } = new URL(databaseUrl)
    networks.set(folder, networks.get(folder) ?? stallingProxy(Number(port), clean))
    const network = await networks.get(folder)
    if (network === undefined) throw new Error('no network')
    const ownUrl = databaseUrl.replace(`:${port}/`, `:${network.port}/`)
    const begin = async () => {
      const node = await startNode(folder, { ...env, ...settings, ...onDatabase(ownUrl) })
      running.set(node.url, node)
      return node
    }
    const { url } = await begin()
    networkUrls.set(url, network)
    starts.set(url, async () => void (await begin()))
    return { url, kill: async () => void (await running.get(url)?.end('SIGKILL')) }
  }
  const nodeAt = (url: string): ClusterNode => ({
    url,
    get network() {
      const network = networkUrls.get(url)
      if (network === undefined) throw new Error(`no node was started at ${url}`)
      return network
    },
    running() {
      const node = running.get(url)
      if (node === undefined) throw new Error(`no node was started at ${url}`)
      return node
    },
    startAgain: async () => starts.get(url)?.(),
  })
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
        tests({ ...proxied, cluster })
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
