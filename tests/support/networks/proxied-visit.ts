import { type ProxyName, startShipped } from '../../deploy/shipped-proxy.ts'
import { needsInstalled } from '../../interop/installed.ts'
import { freePort, publish, startNode } from '../processes/service.ts'
import { type cleaning, scratchFolder } from '../scratch.ts'
import { type BrowserName, browserFor, randomAlerts } from './frozen-visits.ts'

type Clean = ReturnType<typeof cleaning>

type Options<Network> = {
  readonly name: ProxyName
  readonly browserName: BrowserName
  readonly skip: (note: string) => never
  readonly clean: Clean
  /** What is between the browser and the proxy's port. */
  readonly networkTo: (port: number) => Promise<Network>
  /** What an operator makes of the proxy's file. */
  readonly changed?: ((text: string) => string) | undefined
}

/**
 * A browser before a network, and behind that one of Debian's proxies with TLS and its file from deploy/, in front of a service with
 * fifty alerts.
 */
export async function openProxied<Network extends { readonly port: number }>({
  name,
  browserName,
  skip,
  clean,
  networkTo,
  changed,
}: Options<Network>) {
  needsInstalled(name, skip)
  const [https, http, admin, PORT] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const network = await networkTo(Number(https))
  const url = `https://localhost:${network.port}`
  const service = await startNode(scratchFolder(clean), { PORT, PUBLIC_URL: url, TRUST_PROXY: '1' })
  clean(() => service.end('SIGKILL'))
  const proxy = await startShipped(name, scratchFolder(clean), { https, http, admin, nodes: [PORT] }, changed)
  clean(() => proxy.end())
  const alert = randomAlerts(14)
  for (let nth = 0; nth < 49; nth += 1) await publish(service.url, alert())
  const newest = await publish(service.url, alert())
  const browser = await browserFor(browserName, clean, skip, Number(https))
  return { service, network, url, alert, newest, page: await browser.newPage() }
}
