import { nearest } from '../../domain/parsing/nearest.ts'
import { settingNames } from '../config.ts'

/**
 * Variables that are not settings but are spelt nearly like one, each with the likely setting, as warnings. Their
 * values are not used.
 */
export function misspelt(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(env).flatMap((name) => {
    if (settingNames.includes(name)) return []
    const typed = lettersOf(name.replace(/^TOCSIN_/i, ''))
    const meant = settingNames.find((it) => lettersOf(it) === typed) ?? nearestSetting(typed)
    return meant === undefined ? [] : [`${name} is not a setting. Did you mean ${meant}?`]
  })
}

const lettersOf = (name: string) => name.replace(/[^a-z0-9]/gi, '').toUpperCase()

/** Names with fewer letters resemble many others, such as POST, COST and SORT. */
const lettersMin = 7

/** An environment has many names: with more mistyped letters SSH_CONNECTION would be taken for PUSH_CONNECT_TO. */
const distanceMax = 2

/** A short name must begin with the setting's own letter; `nearest` allows it one mistyped letter. */
function nearestSetting(typed: string): string | undefined {
  const known = typed.length < lettersMin ? settingNames.filter((it) => it[0] === typed[0]) : settingNames
  return nearest(typed, known, { distanceMax })
}
