import { describe, expect, test } from 'vitest'
import { withHttp2 } from '../../../deploy/connections/http2-offered.ts'
import { delayingProxy } from '../../../support/networks/delaying-proxy.ts'
import { browserNames, hasWorker, isLive, isWhole, protocolOf } from '../../../support/networks/frozen-visits.ts'
import { openProxied } from '../../../support/networks/proxied-visit.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// Real browsers at a real service behind Debian's proxies with TLS, through a network of long delays that stops nothing: what a
// connection for each answer costs there. Times are printed, and quoted in docs/operating.md; none is asserted.

const clean = cleaning()
const delayMs = 300
const patient = { timeout: 120_000 }
const visits = [
  ...(['nginx', 'haproxy', 'caddy'] as const).map((name) => ({ name, protocol: 'http/1.1', changed: undefined })),
  { name: 'caddy', protocol: 'h2', changed: (text: string) => withHttp2('caddy', text) },
] as const

describe.each(browserNames)('in a real %s', (browserName) => {
  test.for(visits)(
    'behind $name a first visit by $protocol is readable, live and has its worker',
    patient,
    async ({ name, protocol, changed }, { skip }) => {
      const networkTo = (port: number) => delayingProxy(port, clean, delayMs)
      const { network, url, page } = await openProxied({ name, browserName, skip, clean, networkTo, changed })
      const began = performance.now()
      const seconds = () => `${((performance.now() - began) / 1_000).toFixed(1)} s`
      await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
      expect([await isWhole(page), await protocolOf(page)]).toEqual([true, protocol])
      const readable = seconds()
      await until(() => isLive(page))
      const live = seconds()
      await until(() => hasWorker(page))
      const { connections, resumed } = network.counted
      const told = `readable ${readable}, live ${live}, worker ${seconds()}; ${connections} connections, ${resumed} resumed`
      console.log(`${browserName}, ${name}, ${protocol}: ${told}`)
      if (protocol === 'http/1.1') expect(resumed).toBeGreaterThan(0)
    },
  )
})
