import { wordIn } from './kept-pages.ts'
import { offlinePage } from './page-cache.ts'

/** The words of notifications that no push brings, in a language whose pages were read on this device; else empty. */
export async function workerWords(language: string): Promise<{ readonly mute: string; readonly unverified: string }> {
  const page = language === '' ? '' : await offlinePage(language).catch(() => '')
  return { mute: wordIn(page, 'mute'), unverified: wordIn(page, 'unverified') }
}
