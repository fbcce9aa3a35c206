import { pageConfig } from '../../shared/page-config.ts'
import type { DeskConfig } from '../desk-config.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { setDeskWords, setNewsroomNames } from '../state/desk-words.ts'
import type { AccountAsks } from './account-on-demand.ts'
import { offerAccount } from './offer-account.ts'

/**
 * The script `desk-account.js`: it is loaded when somebody opens their account, which most editors seldom do. What it shares
 * with the desk's script it has once more, so it is given the page's words again.
 */
export function accountWith(asks: AccountAsks): (me: DeskEditor) => void {
  const config = pageConfig<DeskConfig>()
  setDeskWords(config.words)
  setNewsroomNames(config)
  return offerAccount(asks)
}
