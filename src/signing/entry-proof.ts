import type { RenderingInputs } from '../domain/alert-types.ts'
import type { Proof } from './signed-form.ts'

/**
 * The proof of an entry in one language as it is stored, and as readers of all languages get it. With it is what the signed
 * form has from outside the alert, so that the form can be made again when the newsroom's file or the words have changed.
 */
export type EntryProof = Proof & RenderingInputs

/** The proofs of one entry, by language. */
export type EntryProofs = Readonly<Record<string, EntryProof>>
