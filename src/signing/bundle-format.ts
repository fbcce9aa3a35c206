import type { SigningKeys } from './key-ring.ts'
import type { BundleStatement, Head, MirrorList, Signed } from './statements.ts'

/** What the field `tocsin` of a bundle says: what the file is, and the version of its format. */
export const bundleFormat = 'bundle/1'

/** The most entries of a bundle, and its most bytes as it is, not compressed: that is what mirrors carry. */
export const bundleLimits = { entriesMax: 50, bytesMax: 32_768 } as const

/**
 * More than this is not read: a bundle is larger than `bytesMax` only where its one entry is, which a request of 64 KiB has
 * made.
 */
export const bundleReadBytesMax = 131_072

/** The newest entries of one language with everything that verifies them: one file, which anybody may pass on. */
export type Bundle = {
  readonly tocsin: typeof bundleFormat
  readonly language: string
  readonly epoch: string
  /** As a stream sends them, oldest first, without a gap. */
  readonly entries: readonly object[]
  readonly head: Signed<Head>
  readonly keys: SigningKeys
  readonly mirrors: Signed<MirrorList>
  readonly statement: Signed<BundleStatement>
}
