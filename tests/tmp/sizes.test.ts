import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { test } from 'vitest'
import { manyLanguages, newsroomOfPages, pagesDeps } from '../support/browser/pages-deps.ts'
const deps = pagesDeps(newsroomOfPages)
const words: Record<string, string> = {
  fa: 'شاهدان می‌گویند که ناظران سازمان ملل دره را ترک کرده‌اند',
  ru: 'По словам очевидцев, наблюдатели ООН покинули долину',
  ka: 'თვითმხილველების თქმით, გაეროს დამკვირვებლებმა ხეობა დატოვეს',
}
for (let nth = 0; nth < 10; nth++) {
  const texts = Object.fromEntries(manyLanguages.map((tag) => { const said = words[tag] ?? 'Witnesses say that the United Nations monitors have left the valley'
    return [tag, { headline: `${said}, ${nth}`, summary: `${said}. ${nth * 7} ${said}.`, url: `https://news.example/${tag}/${nth}` }]}))
  deps.publish({ level: 'urgent', topics: ['rights'], texts })
}
test('sizes', async () => {
  const out = []
  for (const tag of manyLanguages) { const html = await (await deps.get(`/${tag}/`)).text()
    out.push([tag, gzipSync(html).length, brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length].join(' ')) }
  console.log(out.sort((a,b)=>Number(b.split(' ')[1])-Number(a.split(' ')[1])).join('\n'))
})
