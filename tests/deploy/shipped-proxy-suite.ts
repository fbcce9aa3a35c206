import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Start, Started } from '../interop/harness.ts'
import { isInstalled, needsInstalled } from '../interop/installed.ts'
import { freePort } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { http2Tests } from './connections/http2-tests.ts'
import { ownConnectionTests } from './connections/own-connection-tests.ts'
import { logTests } from './proxied-logs.ts'
import { requestTests } from './proxied-requests.ts'
import { streamTests } from './proxied-streams.ts'
import { heartbeatSecondsShipped, type ProxyName, type ShippedProxy, shortened, startShipped } from './shipped-proxy.ts'

type Skip = (note: string) => never
/** A service behind a proxy, by one node or several. */
export type Proxied = {
  readonly name: ProxyName
  /** The proxy, and where browsers find it. Skips the test where the program is missing. */
  readonly proxy: (skip: Skip) => ShippedProxy & { readonly url: string }
  readonly nodes: () => readonly [Started, ...Started[]]
  /** Kills all nodes. */
  readonly kill: () => Promise<void>
  /** Starts them again on the same ports and data. */
  readonly restart: () => Promise<void>
  /** Most streams of one address at all nodes together. */
  readonly connectionsPerAddress: number
  readonly heartbeatSeconds: number
}

/** More than these tests' own streams from one address at any one moment, for each node: one may have those of all. */
const connectionsPerAddress = 12
const heartbeatSeconds = heartbeatSecondsShipped / shortened

type Options = {
  /** How many nodes; with several, the file is the one in deploy/cluster. */
  readonly count?: number
  /** Tests besides those that hold for one node too. */
  readonly more?: (proxied: Proxied) => void
}

/**
 * One of Debian's proxies, with its file from deploy/, in front of nodes with the settings that the file asks for. `start`
 * starts one of them.
 */
export function shippedProxySuite(
  name: ProxyName,
  where: string,
  start: Start,
  { count = 1, more }: Options = {},
): void {
  describe(`${name} with its file from deploy/, in front of ${where}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
    const perNode = connectionsPerAddress * count
    let nodes: readonly Started[] = []
    let proxy: ShippedProxy | undefined
    let restart = async () => {}
    const kill = async () => void (await Promise.all(nodes.map((it) => it.kill())))
    beforeAll(async () => {
      if (!isInstalled(name)) return
      const [https, http, admin] = [await freePort(), await freePort(), await freePort()]
      const ports: string[] = []
      while (ports.length < count) ports.push(await freePort())
      const authority = join(folder, 'authority.pem')
      const settings = {
        // A node may ask for another one at the public address.
        NODE_EXTRA_CA_CERTS: authority,
        PUBLIC_URL: `https://localhost:${https}`,
        TRUST_PROXY: '1',
        CONNECTIONS_PER_ADDRESS: `${perNode}`,
        HEARTBEAT_SECONDS: `${heartbeatSeconds}`,
      }
      restart = async () => {
        nodes = await Promise.all(ports.map((PORT, at) => start(join(folder, `data-${at}`), { ...settings, PORT })))
      }
      proxy = await startShipped(name, join(folder, 'proxy'), { https, http, admin, nodes: ports })
      trust(proxy.authority(), authority)
      await restart()
      // A proxy that checks nodes has found none until now, and takes them in after some checks.
      const isReady = async () => (await fetch(`https://localhost:${https}/readyz`)).ok
      await until(isReady)
    })
    afterAll(async () => {
      await proxy?.end()
      await kill()
      rmSync(folder, { recursive: true, force: true })
    })

    const proxied: Proxied = {
      ...{ name, heartbeatSeconds, kill },
      connectionsPerAddress: perNode * count,
      proxy(skip) {
        needsInstalled(name, skip)
        if (proxy === undefined) throw new Error('the proxy was not started')
        return { ...proxy, url: `https://localhost:${proxy.port}` }
      },
      nodes() {
        const [first, ...others] = nodes
        if (first === undefined) throw new Error('no node was started')
        return [first, ...others]
      },
      restart: () => restart(),
    }
    requestTests(proxied)
    streamTests(proxied)
    logTests(proxied)
    ownConnectionTests(proxied)
    http2Tests(proxied)
    more?.(proxied)
  })
}

/** Lets this process, curl and Python believe who signed the proxy's certificate. */
function trust(authority: string, path: string): void {
  writeFileSync(path, authority)
  setDefaultCACertificates([...getCACertificates('default'), authority])
  process.env.CURL_CA_BUNDLE = path
  process.env.SSL_CERT_FILE = path
}
