import type { ProblemBody } from '../../../domain/problem.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import type { DeskPush } from './desk-push.ts'

/** What the view asks of the desk. */
export type AccountAsks = {
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** Every session of this editor has ended, this one too. */
  readonly signedOut: () => void
  /** Notifications in this browser. */
  readonly push: DeskPush
}

type Part = { readonly accountWith: (asks: AccountAsks) => (me: DeskEditor) => void }
type Asks = AccountAsks & {
  /** Tells that the view could not be loaded. */
  readonly say: (words: string) => void
  readonly load?: (script: string) => Promise<Part>
}

const script = '/assets/desk-account.js'

/** Gives the function that opens “Account and keys” for an editor, and loads its script before the first time. */
export function accountOnDemand({ say, load = (path) => import(path), ...asks }: Asks): (me: DeskEditor) => void {
  let open: ((me: DeskEditor) => void) | undefined
  let attempts = 0
  return async (me) => {
    try {
      // Browsers remember that a script could not be loaded, by its address.
      attempts += 1
      open ??= (await load(attempts === 1 ? script : `${script}?${attempts}`)).accountWith(asks)
    } catch {
      return say(`${t('noService')} ${t('tryAgain')}`)
    }
    open(me)
  }
}
