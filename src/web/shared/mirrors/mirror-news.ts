import type { BundleStatement } from '../../../signing/statements.ts'
import type { GenuineEntry } from '../../../signing/verify/verify-bundle.ts'

/** What a page asks, its service worker with a port for the answers: the newest alerts of its language from a mirror. */
export type AskedOfMirrors = {
  readonly mirrorsFor: string
  /** How far the page is, by its log's head and the newest time that it shows. */
  readonly seen: { readonly epoch: string; readonly head: number; readonly at: string } | null
}

/** What a mirror had. `host`: of the mirror. The entries are genuine, oldest first. */
export type MirrorNews = {
  readonly host: string
  readonly statement: BundleStatement
  readonly entries: readonly GenuineEntry[]
}

/**
 * What a page is told on its port: what a mirror had, as often as something newer is found, with the words that say so in its language
 * (`{host}`, `{time}`); then null.
 */
export type ToldOfMirrors = (MirrorNews & { readonly words: string }) | null
