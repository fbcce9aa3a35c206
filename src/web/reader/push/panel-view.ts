import type { ReaderConfig } from '../../shared/page-config.ts'
import type { Preferences } from '../../shared/preferences.ts'
import type { PageNames } from '../page-names.ts'

/** How the push panel stands: what is shown of it. */
export type PanelState = 'unsupported' | 'denied' | 'off' | 'on'

/** The push panel, for the part of it that is loaded once a reader subscribes. */
export type PanelView = {
  readonly config: ReaderConfig
  readonly names: PageNames
  readonly message: HTMLElement
  /** What the form shows, and what is sent. */
  readonly preferences: Preferences
  readonly isOn: boolean
  /** Shows these preferences in the form. */
  use(preferences: Preferences): void
  show(state: PanelState): void
  /** Says one of the page's words. */
  say(key: string): void
  denied(): Promise<void>
  /** Shows parts of the help page. */
  explain(...ids: readonly string[]): Promise<void>
}
