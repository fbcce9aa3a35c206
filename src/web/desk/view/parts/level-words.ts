import type { Level } from '../../../../domain/alert-types.ts'
import { t } from '../../state/desk-words.ts'

/** A level's name in the desk's language. */
export function levelWord(level: Level): string {
  return t(`level_${level}`)
}
