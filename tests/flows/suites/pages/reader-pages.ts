import { describe, expect, test } from 'vitest'

const pages = ['', 'privacy', 'notifications', 'offline']
const languages = [
  ['en', 'ltr'],
  ['fa', 'rtl'],
  ['ka', 'ltr'],
] as const

/** What readers' pages, manifests and icons must do, wherever the service runs: on the example newsroom. */
export function readerPageTests(url: () => string): void {
  const get = (path: string, init?: RequestInit) => fetch(new URL(path, url()), { redirect: 'manual', ...init })

  describe('pages for readers', () => {
    test.each(languages)('each page in %s is in its language, and keeps nothing in the browser', async (tag, dir) => {
      for (const page of pages) {
        const answer = await get(`/${tag}/${page}`)
        const html = await answer.text()
        expect([page, answer.status, answer.headers.get('content-type')?.toLowerCase()]).toEqual([
          page,
          200,
          'text/html; charset=utf-8',
        ])
        expect(html, page).toMatch(new RegExp(`<html[^>]* lang="?${tag}"?[ >]`))
        expect(/<html[^>]* dir="?rtl/.test(html), page).toBe(dir === 'rtl')
        expect(answer.headers.get('set-cookie')).toBeNull()
        expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      }
    })

    test.each(pages)(
      '/en/%s is answered with 304 to a browser that has it, and HEAD says what GET says',
      async (page) => {
        const path = `/en/${page}`
        const first = await get(path)
        await first.text()
        const etag = first.headers.get('etag') ?? ''
        expect(etag).toMatch(/^(W\/)?"[^"]+"$/)
        const again = await get(path, { headers: { 'if-none-match': etag } })
        expect([again.status, await again.text()]).toEqual([304, ''])
        const head = await get(path, { method: 'HEAD' })
        const said = ({ status, headers }: Response) => [status, headers.get('content-type'), headers.get('etag')]
        expect(said(head)).toEqual(said(first))
        expect((await get(path, { method: 'DELETE' })).status).toBe(405)
      },
    )

    test.each(languages)('in %s it can be installed under its name and under a neutral one', async (tag, dir) => {
      const manifests = []
      for (const name of ['manifest', 'discreet']) {
        const answer = await get(`/${tag}/${name}.webmanifest`)
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/manifest+json'])
        manifests.push((await answer.json()) as { name: string; icons: { src: string; type: string }[] })
      }
      const [own, discreet] = manifests
      expect(own).toMatchObject({
        lang: tag,
        dir,
        start_url: expect.stringContaining(`/${tag}/`),
        display: 'standalone',
      })
      expect(discreet).toMatchObject({ lang: tag, dir })
      expect(discreet?.name).not.toBe(own?.name)
      for (const { src, type } of manifests.flatMap(({ icons }) => icons)) {
        const icon = await get(src, { redirect: 'follow' })
        expect([src, icon.status, icon.headers.get('content-type')?.split(';')[0]]).toEqual([src, 200, type])
        expect((await icon.arrayBuffer()).byteLength).toBeGreaterThan(100)
      }
    })

    test('who asks without a language is led to theirs', async () => {
      const headers = { 'accept-language': 'xx, fa;q=0.9, en;q=0.5' }
      for (const [path, place] of [
        ['/', '/fa/'],
        ['/privacy', '/fa/privacy'],
      ] as const) {
        const answer = await get(path, { headers })
        expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 302, place])
        expect(answer.headers.get('vary')).toMatch(/accept-language/i)
      }
      expect(await (await get('/manifest.webmanifest', { headers })).json()).toMatchObject({ lang: 'fa' })
    })

    test.each(['/xx/privacy', '/en/manifest.json', '/icons/own/nothing.png', '/xx/discreet.webmanifest'])(
      '%s is not there',
      async (path) => {
        expect((await get(path)).status).toBe(404)
      },
    )
  })
}
