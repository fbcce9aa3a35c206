import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { describe, expect, it, test } from 'vitest'
import { type Newsroom, parseNewsroom } from '../../../src/domain/newsroom.ts'
import type { App } from '../../../src/http/app-env.ts'
import { installedRoutes } from '../../../src/http/installed/installed-routes.ts'
import { manyLanguages, newsroomOfPages } from '../../support/browser/pages-deps.ts'
import { signed } from '../../support/signing/published-signing.ts'

const png = (name: string) => `data:image/png;base64,${readFileSync(`public/icons/${name}.png`).toString('base64')}`
const file = { name: 'A newsroom whose name is long', languages: [{ tag: 'fa' }, { tag: 'en' }] }
const own = parseNewsroom({
  ...file,
  shortName: 'News',
  icons: { 'icon-192': png('neutral-192'), 'maskable-512': png('maskable-512') },
})

function appOf(newsroom: Newsroom): App {
  const app: App = new Hono()
  installedRoutes(app, { newsroom, signed })
  return app
}

type Icon = { src: string; sizes: string; type: string; purpose: string }
type Manifest = Record<string, unknown> & { icons: Icon[]; shortcuts?: { name: string; url: string }[] }
async function manifest(newsroom: Newsroom, path: string): Promise<Manifest> {
  const answer = await appOf(newsroom).request(path)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/manifest+json'])
  return (await answer.json()) as Manifest
}

test.each(manyLanguages)('the manifest in %s is in that language and leads to its page', async (tag) => {
  const made = await manifest(newsroomOfPages, `/${tag}/manifest.webmanifest`)
  const { dir } = newsroomOfPages.languages.find((it) => it.tag === tag) ?? {}
  expect(made).toMatchObject({ id: '/', scope: '/', lang: tag, dir, start_url: `/${tag}/`, display: 'standalone' })
  expect(made.name).toBe('Example Newsroom')
  expect(made.shortcuts?.map(({ url }) => url)).toEqual([`/${tag}/`, `/${tag}/#push`, `/${tag}/#choice`])
  for (const { purpose, src, sizes } of made.icons) {
    expect(['any', 'maskable']).toContain(purpose)
    // What the file is, not only what is said of it.
    if (src.endsWith('.png')) {
      const bytes = readFileSync(`public${src}`)
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes)
    }
  }
  for (const purpose of ['any', 'maskable'])
    for (const sizes of ['192x192', '512x512'])
      expect(made.icons).toContainEqual(expect.objectContaining({ purpose, sizes }))
})

test.each(manyLanguages)('the discreet manifest in %s tells neither whose it is nor what', async (tag) => {
  const made = await manifest(
    own.languages.some((it) => it.tag === tag) ? own : newsroomOfPages,
    `/${tag}/discreet.webmanifest`,
  )
  const open = await manifest(newsroomOfPages, `/${tag}/manifest.webmanifest`)
  expect(made.id, 'it is the same application').toBe(open.id)
  const { description } = open
  expect(JSON.stringify(made)).not.toMatch(/news|tocsin|alert|#push|icon-192/i)
  expect(JSON.stringify(made)).not.toContain(String(description))
  for (const { src, sizes } of made.icons) {
    const bytes = readFileSync(`public${src}`)
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes)
  }
})

describe('a newsroom’s own name and icons', () => {
  it('are in its manifest, and the icons are served', async () => {
    const made = await manifest(own, '/fa/manifest.webmanifest')
    expect(made).toMatchObject({ name: file.name, short_name: 'News' })
    expect(made.icons.map(({ src }) => src)).toEqual([
      ...['/icons/own/icon-192.png', '/icons/icon-512.png'],
      ...['/icons/maskable-192.png', '/icons/own/maskable-512.png'],
    ])
    const answer = await appOf(own).request('/icons/own/icon-192.png')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(readFileSync('public/icons/neutral-192.png'))
  })

  it('leads to the usual icon where it has none, and nowhere for what is none', async () => {
    const app = appOf(own)
    const usual = await app.request('/icons/own/badge-96.png')
    expect([usual.status, usual.headers.get('location')]).toEqual([302, '/icons/badge-96.png'])
    for (const path of ['/icons/own/other.png', '/icons/own/__proto__.png', '/icons/own/screenshot-1.png'])
      expect([path, (await app.request(path)).status]).toEqual([path, 404])
  })

  it('has screenshots, wide and narrow', async () => {
    const wide = png('icon-512')
    const made = await manifest(parseNewsroom({ ...file, screenshots: [wide] }), '/en/manifest.webmanifest')
    expect(made.screenshots).toEqual([
      { src: '/icons/own/screenshot-1.png', sizes: '512x512', type: 'image/png', form_factor: 'narrow' },
    ])
  })

  const bytes = readFileSync('public/icons/icon-192.png')
  it.each([
    ['a text', { 'icon-192': 'x' }, /PNG as a data URL/],
    ['an address elsewhere', { 'icon-192': 'https://cdn.example/icon.png' }, /PNG as a data URL/],
    ['another type', { 'icon-192': png('icon-192').replace('png', 'svg+xml') }, /PNG as a data URL/],
    ['another size', { 'icon-512': png('icon-192') }, /512 by 512 pixels are wanted, not 192 by 192/],
    ['bytes that are no PNG', { 'icon-192': `data:image/png;base64,${Buffer.alloc(64).toString('base64')}` }, /PNG/],
    ['half a header', { 'icon-192': `data:image/png;base64,${bytes.subarray(0, 30).toString('base64')}` }, /PNG/],
    ['an unknown name', { 'icon-64': png('icon-192') }, /icon-64/],
    [
      'too many bytes',
      { 'icon-192': `data:image/png;base64,${Buffer.concat([bytes, Buffer.alloc(100_000)]).toString('base64')}` },
      /100000 bytes/,
    ],
  ])('%s is refused', (_, icons, message) => {
    let said = ''
    try {
      parseNewsroom({ ...file, icons })
    } catch (error) {
      said = JSON.stringify((error as { errors: unknown }).errors)
    }
    expect(said).toMatch(message)
  })

  it('refuses a screenshot that browsers would not show', () => {
    expect(() => parseNewsroom({ ...file, screenshots: [png('icon-192')] })).toThrow()
  })
})

test('the manifest without a language is in the reader’s own', async () => {
  const answer = await appOf(own).request('/manifest.webmanifest', { headers: { 'accept-language': 'en' } })
  expect([((await answer.json()) as Manifest).lang, answer.headers.get('vary')]).toEqual(['en', 'Accept-Language'])
})

test('a language that the newsroom has not has no manifest, and no page for offline', async () => {
  for (const path of ['/ru/manifest.webmanifest', '/ru/discreet.webmanifest', '/ru/offline'])
    expect([path, (await appOf(own).request(path)).status]).toEqual([path, 404])
})
