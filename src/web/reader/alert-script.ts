import './common-parts.ts'
import { pageConfig, type ReaderConfig } from '../shared/page-config.ts'
import { showLocalTimes } from '../shared/times.ts'
import { hideIfDiscreet } from './discreet-page.ts'
import { loadPart, partTries } from './load-part.ts'

// The script of an alert's permanent page. First of all what the tab shows.
hideIfDiscreet()
const config = pageConfig<Pick<ReaderConfig, 'language' | 'formats'>>()
// It has no list: its times are shown in full.
showLocalTimes(document, config, 'full')
const article = document.querySelector<HTMLElement>('article.whole')
if (article !== null)
  void Promise.all([
    loadPart(() => import('./live-alert.ts'), partTries),
    loadPart(() => import('../../client/listen.ts'), partTries),
  ])
    .then(([{ keepAlertLive }, { listen }]) => keepAlertLive({ config, article, listen }))
    .catch((error: unknown) => console.warn('the page does not stay live:', error))
