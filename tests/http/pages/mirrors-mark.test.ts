import { expect, test } from 'vitest'
import { newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { story } from '../../support/browser/reader-page.ts'

const mirrors = ['https://mirror.example/']

test.each<[readonly string[], number | undefined, string | null]>([
  [mirrors, undefined, ' data-mirrors'],
  [mirrors, 3, ' data-mirrors'],
  [mirrors, 0, ' data-mirrors="0"'],
  [mirrors, 20, ' data-mirrors="20"'],
  [[], 20, null],
])(
  'with mirrors %j and heartbeats of %s s, the newest alerts and an alert’s page tell their script %s',
  async (urls, pageHeartbeatSeconds, mark) => {
    const deps = pagesDeps({ ...newsroomOfPages, mirrors: urls }, { pageHeartbeatSeconds })
    const id = deps.publish(story)
    for (const path of ['/en/', `/en/alerts/${id}`]) {
      const html = await (await deps.get(path)).text()
      expect(/<main id="main"[^>]*?( data-mirrors[^>]*)?>/.exec(html)?.[1] ?? null, path).toBe(mark)
    }
  },
)
