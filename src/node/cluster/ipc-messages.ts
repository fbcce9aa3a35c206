import type { PeerQuestion } from './peers.ts'
import type { ProcessStates } from './process-states.ts'

// Messages between the processes of one service, by way of the primary. Both ends are the same version of this program,
// so nothing is parsed. Wake-ups carry no data.

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

/** The environment variables by which the primary tells a child its role. */
export const roleVariable = 'TOCSIN_ROLE'
export const reusePortVariable = 'TOCSIN_REUSE_PORT'
