import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { createApp, createReads } from '../../../src/http/app.ts'
import { memoryDeps } from '../../support/http/memory-deps.ts'
import { newsroom } from '../../support/samples.ts'

const onion = `http://${'a'.repeat(56)}.onion`
const languages = [{ tag: 'en' }, { tag: 'fa' }, { tag: 'sr-Latn' }]
const alone = "'self' ws: wss:"

const policyOf = async (path: string, mirrors: readonly string[], make = createApp) => {
  const parsed = parseNewsroom({ name: 'Radio', languages, rules: 'none', mirrors })
  const deps = await memoryDeps({ ...newsroom, ...parsed }, 'https://alerts.example')
  const app = make === createApp ? createApp(deps) : createReads(deps.reads)
  return (await app.request(path)).headers.get('content-security-policy') ?? ''
}
const connectOf = async (...which: Parameters<typeof policyOf>) =>
  /connect-src ([^;]*)/.exec(await policyOf(...which))?.[1]

test('only the readers’ service worker may ask all hosts, because some come by push after it was installed', async () => {
  const mirrors = ['https://mirror.example/']
  expect(await connectOf('/assets/service-worker.js', mirrors)).toBe("'self' ws: wss: https: http://*.onion")
  for (const path of [
    ...['/', '/en', '/en/offline', '/en/privacy', '/en/notifications', '/desk', '/v1/alerts', '/v1/newsroom'],
    ...['/assets/desk-worker.js', '/assets/mirrors.js', '/feeds/en.atom', '/en/alerts/', '/en/alerts/a/b'],
  ])
    expect(await connectOf(path, mirrors), path).toBe(alone)
})

test('the newest alerts and the page of an alert may ask the mirrors of the newsroom’s list and nothing else', async () => {
  const mirrors = [
    ...["https://mirror.example/x;y,z'w/", 'https://mirror.example/other/', "https://xn--mnchen-3ya.example/a'none'/"],
    ...['https://m.mirror.example/*/', `${onion}/tocsin/`, `https://${'b'.repeat(56)}.onion/`],
  ]
  const origins = [
    ...['https://mirror.example', 'https://xn--mnchen-3ya.example', 'https://m.mirror.example', onion],
    `https://${'b'.repeat(56)}.onion`,
  ]
  for (const path of [
    '/en/',
    '/fa/',
    '/sr-Latn/',
    '/en/alerts/01932f6e-0000-7000-8000-000000000000',
    '/en/?level=flash',
  ])
    for (const make of [createApp, createReads] as const) {
      const policy = await policyOf(path, mirrors, make as typeof createApp)
      expect(policy, path).toContain(`; connect-src ${alone} ${origins.join(' ')}; manifest-src 'self'; `)
      expect(policy.match(/mirror\.example/g)).toHaveLength(2)
    }
})

test('without mirrors a page may ask its own service alone', async () => {
  expect(await connectOf('/en/', [])).toBe(alone)
})

test.each([
  ...['https://mirror.example:8443/', 'https://m;x.example/', 'https://m,x.example/', "https://m'x.example/"],
  ...['https://*.example/', 'https://mirror.example/; script-src *', 'https://münchen.example/', 'https:/', '*'],
  ...["'none'", 'http://mirror.example/', 'https://m"x.example/', 'data:,x/', 'https://mirror.example/\n/'],
])('%j never comes into a policy: the newsroom’s file is refused', async (url) => {
  expect(() => parseNewsroom({ name: 'Radio', languages, rules: 'none', mirrors: [url] })).toThrow(/mirror/i)
})
