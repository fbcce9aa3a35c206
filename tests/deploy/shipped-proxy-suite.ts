import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Start, Started } from '../interop/harness.ts'
import { isInstalled, needsInstalled } from '../interop/installed.ts'
import { freePort } from '../support/processes/service.ts'
import { logTests } from './proxied-logs.ts'
import { requestTests } from './proxied-requests.ts'
import { streamTests } from './proxied-streams.ts'
import { heartbeatSecondsShipped, type ProxyName, type ShippedProxy, shortened, startShipped } from './shipped-proxy.ts'

type Skip = (note: string) => never
/** A service behind a proxy. */
export type Proxied = {
  readonly name: ProxyName
  /** The proxy, and where browsers find it. Skips the test where the program is missing. */
  readonly proxy: (skip: Skip) => ShippedProxy & { readonly url: string }
  readonly service: () => Started
  /** Kills the service. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same port and data. */
  readonly restart: () => Promise<void>
  readonly connectionsPerAddress: number
  readonly heartbeatSeconds: number
}

/** More than these tests' own streams from one address at any one moment. */
const connectionsPerAddress = 12
const heartbeatSeconds = heartbeatSecondsShipped / shortened

/** One of Debian's proxies, with its file from deploy/, in front of a service with the settings that the file asks for. */
export function shippedProxySuite(name: ProxyName, where: string, start: Start): void {
  describe(`${name} with its file from deploy/, in front of ${where}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
    let service: Started | undefined
    let proxy: ShippedProxy | undefined
    let restart = async () => {}
    beforeAll(async () => {
      if (!isInstalled(name)) return
      const [https, http, admin, port] = [await freePort(), await freePort(), await freePort(), await freePort()]
      const settings = {
        PORT: port,
        PUBLIC_URL: `https://localhost:${https}`,
        TRUST_PROXY: '1',
        CONNECTIONS_PER_ADDRESS: `${connectionsPerAddress}`,
        HEARTBEAT_SECONDS: `${heartbeatSeconds}`,
      }
      restart = async () => {
        service = await start(join(folder, 'data'), settings)
      }
      await restart()
      proxy = await startShipped(name, join(folder, 'proxy'), { https, http, admin, service: port })
      trust(proxy.authority(), join(folder, 'authority.pem'))
    })
    afterAll(async () => {
      await proxy?.end()
      await service?.kill()
      rmSync(folder, { recursive: true, force: true })
    })

    const running = () => {
      if (service === undefined) throw new Error('the service was not started')
      return service
    }
    const proxied: Proxied = {
      ...{ name, connectionsPerAddress, heartbeatSeconds },
      proxy(skip) {
        needsInstalled(name, skip)
        if (proxy === undefined) throw new Error('the proxy was not started')
        return { ...proxy, url: `https://localhost:${proxy.port}` }
      },
      service: running,
      kill: () => running().kill(),
      restart: () => restart(),
    }
    requestTests(proxied)
    streamTests(proxied)
    logTests(proxied)
  })
}

/** Lets this process, curl and Python believe who signed the proxy's certificate. */
function trust(authority: string, path: string): void {
  writeFileSync(path, authority)
  setDefaultCACertificates([...getCACertificates('default'), authority])
  process.env.CURL_CA_BUNDLE = path
  process.env.SSL_CERT_FILE = path
}
