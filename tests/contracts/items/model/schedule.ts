import type { Level } from '../../../../src/domain/alert-types.ts'
import { type Newsroom, parseNewsroom } from '../../../../src/domain/newsroom.ts'
import { contractRules, type Person } from '../items-rig.ts'

/**
 * Who acts in a schedule besides the five people. Each schedule has editors of its own in their places: `guest`, whose key
 * may end in it, and `feed`, whose key may publish and approve no flash.
 */
export type Actor = Person | 'guest' | 'feed'

/** What somebody tries. `isStale`: on what they saw at the beginning, and not on what is stored. */
export type Attempt =
  | {
      readonly act: 'save'
      readonly who: Actor
      readonly level: Level
      readonly text: number
      readonly isInPersian: boolean
      readonly inSeconds: number | null
      readonly isStale: boolean
    }
  | { readonly act: 'approve'; readonly who: Actor; readonly isStale: boolean }
  | { readonly act: 'submit' | 'publish' | 'cancel' | 'override'; readonly who: Actor }
  /** Opens it to approve it; says that it is open still; leaves it; ends the lock. */
  | { readonly act: 'look' | 'renew' | 'leave' | 'unlock'; readonly who: Actor }
  /** The service looks for what is due. */
  | { readonly act: 'release' }

export type Step =
  | { readonly step: 'one'; readonly attempt: Attempt }
  | { readonly step: 'at once'; readonly attempts: readonly Attempt[] }
  /** The store ends in the midst of what is tried, at this point of it; then it is opened again. Who has no answer asks again. */
  | { readonly step: 'crash'; readonly point: number; readonly attempts: readonly Attempt[] }
  | { readonly step: 'start'; readonly rules: RulesName }
  | { readonly step: 'clock'; readonly ms: number }
  /** The clock comes to so long after the item's time; nothing where it has none. */
  | { readonly step: 'its time'; readonly ms: number }
  | { readonly step: 'end of a key' }
  /** The last answer that was given is asked for again, with the same key. */
  | { readonly step: 'again' }

/** What happens to one item. Plain values: it can be printed, and run elsewhere. */
export type Schedule = {
  readonly first: Level
  readonly guestRole: 'editor' | 'admin'
  readonly steps: readonly Step[]
}

export const approvalSeconds = 300
export const missedSeconds = 600

const newsroomWith = (flash: number, urgent: number, languages: readonly string[]) =>
  parseNewsroom({
    ...{ name: 'News', languages: languages.map((tag) => ({ tag })) },
    rules: {
      ...{ approvalSeconds, missedSeconds },
      levels: {
        flash: { ...contractRules.levels.flash, approvals: flash },
        urgent: { ...contractRules.levels.urgent, approvals: urgent },
      },
    },
  })

/** The newsroom's file as it may be at a start. */
export const newsrooms = {
  usual: newsroomWith(2, 0, ['en', 'fa']),
  strict: newsroomWith(3, 1, ['en', 'fa']),
  loose: newsroomWith(1, 0, ['en', 'fa']),
  'without Persian': newsroomWith(2, 0, ['en']),
} as const satisfies Readonly<Record<string, Newsroom>>
export type RulesName = keyof typeof newsrooms
