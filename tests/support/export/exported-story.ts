import { join } from 'node:path'
import type { Newsroom } from '../../../src/domain/newsroom.ts'
import { openExportFolder } from '../../../src/node/export/export-folder.ts'
import { exportInto } from '../../../src/node/export/export-run.ts'
import { newAlert, newsroom, retraction } from '../samples.ts'
import { scratchFolder } from '../scratch.ts'
import { alertId, exportable } from './test-exports.ts'

/** The example newsroom with a mirror. */
export const mirroredNewsroom: Newsroom = { ...newsroom, mirrors: ['https://mirror.example.org/tocsin/'] }

const story = (en: string, fa: string) => ({
  en: { headline: en, summary: 'What is known so far.', url: 'https://news.example/story' },
  fa: { headline: fa, summary: 'آنچه تاکنون می‌دانیم.', url: 'https://news.example/fa' },
})

/** The folder of an export with an alert of each level and each status, and texts that mean harm. */
export async function exportedStory(clean: (undo: () => unknown) => void): Promise<string> {
  const { deps, append } = exportable(mirroredNewsroom)
  const about = { at: '', by: 'editor-1', expirySeconds: newsroom.expirySeconds }
  const note = { en: 'It was another village.', fa: 'روستای دیگری بود.' }
  await append(
    newAlert(alertId(1), { level: 'routine', topics: ['iran'], texts: story('Rain ends a drought', 'باران') }),
  )
  await append({ ...about, kind: 'correction', id: alertId(1), revision: { note } })
  await append(newAlert(alertId(2), { level: 'urgent', texts: story('Five killed', 'پنج نفر کشته شدند') }))
  await append(retraction(alertId(2)))
  await append(newAlert(alertId(3), { level: 'flash', texts: story('Internet cut', 'اینترنت قطع شد') }))
  await append({ ...about, kind: 'update', id: alertId(3), revision: { note } })
  const hostile = '<script>document.title = "owned"</script><img src=https://spy.example/x onerror=alert(1)> \u202eabc'
  await append(newAlert(alertId(4), { texts: story(hostile, hostile) }))
  const folder = join(scratchFolder(clean), 'mirror')
  openExportFolder(folder)
  await exportInto(folder, deps)
  return folder
}
