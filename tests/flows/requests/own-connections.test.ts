import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { expect, test } from 'vitest'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Some networks stop each connection silently after some kilobytes. What nobody asks for again then has one of its own.

const clean = cleaning()
const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const json = { accept: '*/*' }

/** What a GET is answered with; a HEAD has the same (RFC 9110 §9.3.2), but for the time. */
async function headersOf(url: string, path: string, headers: Readonly<Record<string, string>>) {
  const agent = new Agent({ keepAlive: true })
  clean(() => agent.destroy())
  const answered = (method: string) =>
    new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const asked = request(new URL(path, url), { agent, headers, method }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.headers))
      })
      asked.on('error', reject).end()
    })
  const [get, head] = [await answered('GET'), await answered('HEAD')]
  const told = ({ connection, 'keep-alive': keepAlive }: IncomingHttpHeaders) => ({ connection, keepAlive })
  expect([path, told(head)]).toEqual([path, told(get)])
  return get
}

test.each([
  ['readers connect to the service itself: each page and each script has a connection of its own', {}, 'close'],
  ['a proxy is in front: its connections are kept', { TRUST_PROXY: '1' }, 'keep-alive'],
])('where %s', async (_, env, wanted) => {
  const service = await startNode(scratchFolder(clean), env)
  clean(() => service.end('SIGKILL'))
  const { alert } = await publish(service.url, english('One'))
  const front = await (await fetch(`${service.url}/en/`)).text()
  const script = /data-parts="(\S+)[ "]/.exec(front)?.[1] ?? ''
  expect(script).toMatch(/^\/assets\/immutable\//)
  const pages = ['/', '/en/', `/en/alerts/${alert.id}`, '/en/notifications', '/privacy', '/en/nothing']
  for (const path of pages)
    expect([path, (await headersOf(service.url, path, page)).connection]).toEqual([path, wanted])
  const fetched = ['/en/offline', '/fa/', '/en/?before=0', `/en/alerts/${alert.id}?before=1`, '/EN/', '/zh-Hant-TW/']
  for (const path of [...pages.slice(0, 5), ...fetched])
    expect([path, (await headersOf(service.url, path, json)).connection]).toEqual([path, wanted])
  const workers = ['service-worker', 'push-check', 'mirrors', 'renew-subscription'].map((it) => `/assets/${it}.js`)
  for (const path of [script, ...workers])
    expect([path, (await headersOf(service.url, path, json)).connection]).toEqual([path, wanted])
  const others = ['/v1/newsroom', '/v1/alerts', `/v1/alerts/${alert.id}`, '/v1/bundle/en', '/feeds/en.atom', '/healthz']
  for (const path of [...others, '/openapi.json', '/en/manifest.webmanifest'])
    expect([path, (await headersOf(service.url, path, json)).connection]).toEqual([path, 'keep-alive'])
})
