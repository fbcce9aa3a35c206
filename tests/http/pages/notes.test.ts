import { describe, expect, it } from 'vitest'
import { pagesDeps } from '../../support/browser/pages-deps.ts'

const texts = { en: { headline: 'Bridge closed', summary: 'Since noon.' }, fa: { headline: 'پل بسته شد' } }
const note = { en: 'It opens again at six.', fa: 'ساعت شش باز می‌شود.' }

/** Every place where readers and their programs read a note. */
const places = (id: string, tag: string) => [
  `/${tag}/`,
  `/${tag}/alerts/${id}`,
  `/feeds/${tag}.atom`,
  `/feeds/${tag}.json`,
  `/v1/alerts/${id}.cap.xml`,
]

describe('a note', () => {
  it.each([
    ['update', false],
    ['correction', true],
    ['retraction', true],
  ] as const)('of an alert’s %s is led by “What was wrong”: %s', async (kind, isLed) => {
    const deps = pagesDeps()
    const id = deps.publish({ level: 'routine', texts })
    deps.revise(kind, id, { note })
    for (const [tag, lead] of [
      ['en', 'What was wrong'],
      ['fa', 'چه چیزی نادرست بود'],
    ] as const)
      for (const path of places(id, tag)) {
        // In the head is what the script fills.
        const text = (await (await deps.get(path)).text()).replace(/<head>.*<\/head>/s, '')
        const isRead = text.includes(note[tag])
        expect([path, kind, isRead]).toEqual([path, kind, true])
        expect([path, kind, text.includes(lead)]).toEqual([path, kind, isLed])
      }
  })
})
