import { brotliCompressSync, constants } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { newsroomOfPages, pagesDeps } from '../support/browser/pages-deps.ts'
const deps = pagesDeps(newsroomOfPages)
const br = (t: string) => brotliCompressSync(t, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length
test('sizes', async () => {
  for (const tag of ['en', 'fa','ru']) {
  const html = await (await deps.get(`/${tag}/`)).text()
  writeFileSync(`/tmp/page-${tag}.html`, html)
  const all = br(html)
  const without = (name: string, r: RegExp) => console.log(tag, name, all - br(html.replace(r, '')))
  console.log(tag, all)
  without('style', /<style>[^]*<\/style>/)
  without('meta', /<meta name="tocsin"[^>]*>/)
  without('formats', /&quot;formats&quot;:.*?&quot;cursor&quot;/)
  without('push', /&quot;push&quot;:.*?&quot;card&quot;/)
  without('words', /&quot;words&quot;:.*?&quot;parts&quot;/)
  without('alternates', /<link rel="alternate"[^>]*>\n?/g)
  without('menu', /<details class="languages">[^]*?<\/details>/)
  without('choice', /<details class="panel choice[^]*?<\/details>/)
  console.log(tag, 'as script', br(html.replace(/<meta name="tocsin" content="([^"]*)">/, (_, c: string) => `<script type="application/json" id="tocsin">${c.replaceAll('&quot;', '"').replaceAll('&lt;','\\u003c').replaceAll('&gt;','>').replaceAll('&#39;',"'").replaceAll('&amp;','&')}</script>`)))
  }
})
