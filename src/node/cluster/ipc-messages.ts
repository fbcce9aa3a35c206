import type { PeerQuestion } from './peers.ts'
import type { ProcessStates } from './process-states.ts'

// What the processes of one service say to each other, by way of the primary. Both ends are this program, of one
// version: nothing here is parsed. Wake-ups carry no data.

/** From a child to the primary. */
export type ToPrimary =
  | {
      readonly type: 'ready'
      readonly url: string
      readonly firstKey: string | null
      readonly notes: readonly string[]
    }
  | { readonly type: 'appended' }
  | { readonly type: 'ask'; readonly id: number; readonly question: PeerQuestion }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'alive' }
  | { readonly type: 'take'; readonly id: number; readonly address: string }
  | { readonly type: 'give'; readonly address: string }

/** From the primary to a child. `pulse` is answered with `alive`. */
export type ToChild =
  | { readonly type: 'wake' }
  | { readonly type: 'ask'; readonly id: number; readonly question: PeerQuestion }
  | { readonly type: 'answers'; readonly id: number; readonly answers: readonly unknown[] }
  | { readonly type: 'process-states'; readonly processStates: ProcessStates }
  | { readonly type: 'pulse' }
  | { readonly type: 'slot'; readonly id: number; readonly answer: 'taken' | 'none' }
  | { readonly type: 'stop' }

/** How a child learns what it is for: variables of its environment, set by the primary. */
export const roleVariable = 'TOCSIN_ROLE'
export const reusePortVariable = 'TOCSIN_REUSE_PORT'
