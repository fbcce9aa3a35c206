import type { PauseScope } from '../../desk/pause.ts'
import { dirOf } from '../../domain/text.ts'
import { type DeskWords, isolated, listed, t } from './state/desk-words.ts'

/** What the server wrote into the desk page for its script. */
export type DeskConfig = {
  /** `zone`: where the language is read, a zone of the IANA database, if the newsroom's file names one. */
  readonly languages: readonly {
    readonly tag: string
    readonly name: string
    readonly dir: 'ltr' | 'rtl'
    readonly zone?: string
  }[]
  /** The desk's words in its language. */
  readonly words: DeskWords
  readonly topics: readonly { readonly id: string; readonly label: string }[]
  /** Markup of the desk, which is inserted by the script because it does not work without it. */
  readonly parts: { readonly desk: string }
  /** The note that a retraction starts with, by language. */
  readonly retractionNotes: Readonly<Record<string, string>>
}

/** A language's name and direction; one that the newsroom has removed is named by its tag, with the direction of that. */
export function languageNamed(config: DeskConfig, tag: string): DeskConfig['languages'][number] {
  return config.languages.find((language) => language.tag === tag) ?? { tag, name: tag, dir: dirOf(tag) }
}

/** What a pause covers, in words: the names of its languages and topics, or everything. */
export function pausedWhat(config: DeskConfig, { languages, topics }: PauseScope): string {
  const names = [
    ...languages.map((tag) => isolated(languageNamed(config, tag).name)),
    ...topics.map((id) => config.topics.find((topic) => topic.id === id)?.label ?? id),
  ]
  return names.length === 0 ? t('everything') : listed(names)
}

/** Paused languages and topics that the newsroom has removed, as choices of the kill switch. */
export function droppedOf(
  config: DeskConfig,
  pause: PauseScope | null,
): readonly { readonly value: string; readonly name: string }[] {
  const { languages = [], topics = [] } = pause ?? {}
  return [
    ...languages
      .filter((tag) => !config.languages.some((language) => language.tag === tag))
      .map((tag) => ['languages', tag]),
    ...topics.filter((id) => !config.topics.some((topic) => topic.id === id)).map((id) => ['topics', id]),
  ].map(([list, name = '']) => ({ value: `${list} ${name}`, name }))
}
