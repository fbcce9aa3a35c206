import { pageConfig } from '../../shared/page-config.ts'
import type { DeskConfig } from '../desk-config.ts'
import { setDeskWords } from '../state/desk-words.ts'

// The script `desk-account.js`: it is loaded when somebody opens their account, which most editors seldom do. What it
// shares with the desk's script it has once more, so it is given the page's words again.

setDeskWords(pageConfig<DeskConfig>().words)

export { offerAccount } from './offer-account.ts'
