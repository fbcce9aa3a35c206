import type { Mistake } from '../../domain/problem.ts'

/** A proposal for one part of a draft, and where it was found: `og:title`, `the first heading`. */
export type Found = { readonly value: string; readonly source: string }

/** What was found in the material, of each kind the best first. */
export type ArticleParts = {
  readonly headlines: readonly Found[]
  readonly summaries: readonly Found[]
  readonly links: readonly Found[]
  /** Tags of languages, as they stand there. */
  readonly languages: readonly Found[]
  readonly images: readonly { readonly url: string; readonly alt: string }[]
  /** Paragraphs of the article. */
  readonly paragraphs: readonly string[]
  /** Keywords and sections that the article is filed under. */
  readonly keywords: readonly string[]
  /** What an editor has to know of the material as a whole, in sentences. */
  readonly remarks: readonly Remark[]
}

/** Something that the proposal is unsure of. `part`: a field of the draft; absent: all of it. */
export type Remark = {
  readonly part?: 'language' | 'headline' | 'summary' | 'url' | 'image' | 'topics'
} & Pick<Mistake, 'detail' | 'values'> & { readonly code: string }
