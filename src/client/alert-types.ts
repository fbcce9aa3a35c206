// What the service answers, as a client sees it: written out, so that the package's types need no library. A test
// holds them to the core's own.

export type Level = 'flash' | 'urgent' | 'routine'
export type Kind = 'alert' | 'update' | 'correction' | 'retraction'
export type Status = 'live' | 'updated' | 'corrected' | 'retracted'
export type Image = { readonly url: string; readonly alt: string }

/** An alert in one language. */
export type Text = {
  readonly headline: string
  readonly summary: string
  readonly url?: string | undefined
  readonly image?: Image | undefined
}

/** How an alert stands in one language: what was last done there, when, and what was wrong. */
export type Standing = { readonly status: Status; readonly changedAt: string; readonly note?: string | undefined }

/** What all forms of an alert have. Its `id` is stable through all changes; times are RFC 3339 in UTC. */
type Common = {
  readonly id: string
  readonly version: number
  readonly level: Level
  readonly audience: 'public' | 'test'
  readonly topics: readonly string[]
  readonly status: Status
  readonly publishedAt: string
  readonly changedAt: string
  readonly expiresAt: string
}

/** An alert with its texts in all languages: what a listener of `*` gets. */
export type Alert = Common & {
  readonly texts: Readonly<Record<string, Text>>
  readonly note?: Readonly<Record<string, string>> | undefined
  /** The languages that the last update or correction said nothing in, each as it stands there. */
  readonly untouched?: Readonly<Record<string, Standing>> | undefined
  /** The languages that came with the last change: there the alert is new. */
  readonly addedLanguages?: readonly string[] | undefined
}

/** An alert with the text of one language in the place of all. */
export type Rendered = Common &
  Text & {
    readonly language: string
    readonly dir: 'ltr' | 'rtl'
    readonly note?: string | undefined
  }
