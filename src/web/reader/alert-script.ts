import './common-parts.ts'
import { type AlertPageConfig, pageConfig } from '../shared/page-config.ts'
import { showLocalTimes } from '../shared/times.ts'
import { hideIfDiscreet } from './discreet-page.ts'
import { loadLanguageMenu } from './load-language-menu.ts'
import { loadPart, partTries } from './load-part.ts'
import { alertInPage } from './page-alert.ts'

// The script of an alert's permanent page, and of the one in its place for want of a connection. First of all what the tab shows.
hideIfDiscreet()
loadLanguageMenu()
const config = pageConfig<AlertPageConfig>()
// It has no list: its times are shown in full.
showLocalTimes(document, config, 'full')
const alert = alertInPage()
if (alert !== null)
  void Promise.all([
    loadPart(() => import('./live-alert.ts'), partTries),
    loadPart(() => import('./stream/page-listen.ts'), partTries),
  ])
    .then(([{ keepAlertLive }, { listenInPage }]) => keepAlertLive({ config, alert, listen: listenInPage }))
    .catch((error: unknown) => console.warn('the page does not stay live:', error))
// The older alerts carry no proofs. At the first visit nothing does.
else if (document.getElementById('alerts') !== null && navigator.serviceWorker?.controller)
  void loadPart(() => import('./verifying/unverified-notice.ts'), partTries)
    .then(({ showUnchecked }) => showUnchecked(true))
    .catch(console.warn)
