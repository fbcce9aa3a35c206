// What an alert is made of, without zod: the published client and the browser's scripts take their types from here.

/** Levels, most urgent first, in the terms of news agencies. By default only flash and urgent are pushed. */
export const levels = ['flash', 'urgent', 'routine'] as const
export type Level = (typeof levels)[number]

export const audiences = ['public', 'test'] as const
export type Audience = (typeof audiences)[number]

/** What an editor did to an alert. */
export const kinds = ['alert', 'update', 'correction', 'retraction'] as const
export type Kind = (typeof kinds)[number]

/** Status of an alert: what its last change made of it. */
export const statuses = ['live', 'updated', 'corrected', 'retracted'] as const
export type Status = (typeof statuses)[number]

export type Image = { readonly url: string; readonly alt: string }

/** An alert in one language. Lengths in code points: headline 1–200, summary 0–1,000. */
export type Text = {
  readonly headline: string
  readonly summary: string
  readonly url?: string | undefined
  readonly image?: Image | undefined
}

/** Status of an alert in one language: its last change there, when that was (RFC 3339), and the note. */
export type LanguageStatus = { readonly status: Status; readonly changedAt: string; readonly note?: string | undefined }

/**
 * What every form of an alert has. Its `id` (a UUIDv7) is stable through all changes; times are RFC 3339 in UTC with
 * milliseconds.
 */
type Common = {
  readonly id: string
  /** 1 when first published. */
  readonly version: number
  readonly level: Level
  readonly audience: Audience
  /** None: every reader of its languages. */
  readonly topics: readonly string[]
  readonly status: Status
  readonly publishedAt: string
  readonly changedAt: string
  readonly expiresAt: string
}

/** An alert with its texts in all languages. */
export type Alert = Common & {
  readonly texts: Readonly<Record<string, Text>>
  readonly note?: Readonly<Record<string, string>> | undefined
  /** The languages in which the last update or correction said nothing, each with its status. */
  readonly untouched?: Readonly<Record<string, LanguageStatus>> | undefined
  /** The languages that the last change added, without a note of their own: there the alert is new. */
  readonly addedLanguages?: readonly string[] | undefined
}

/**
 * How a correction left an alert in one language: the version and the time of it there, its note, and the text, which an
 * update has changed since.
 */
export type LastCorrection = Pick<LanguageStatus, 'changedAt' | 'note'> & {
  readonly version: number
  readonly text: Text
}

/** An alert as the log keeps it. `sentAlert` makes of it what is sent. */
export type StoredAlert = Alert & {
  /** By language, where updates came after a correction: that correction, of which not all readers may have heard. */
  readonly lastCorrections?: Readonly<Record<string, LastCorrection>> | undefined
}

/** An alert in one language: its text stands in place of all texts. */
export type Rendered = Common &
  Text & {
    readonly language: string
    readonly dir: 'ltr' | 'rtl'
    readonly note?: string | undefined
  }

/** What a rendered alert has from outside the alert: the language's direction; where a retraction has no note, the standard notice. */
export type RenderingInputs = { readonly dir: Rendered['dir']; readonly notice?: string | undefined }
