import { t } from './desk-words.ts'

const levelWords: Readonly<Record<string, () => string>> = {
  flash: () => t('level_flash'),
  urgent: () => t('level_urgent'),
  routine: () => t('level_routine'),
}
const statusWords: Readonly<Record<string, () => string>> = {
  live: () => t('status_live'),
  updated: () => t('status_updated'),
  corrected: () => t('status_corrected'),
  retracted: () => t('status_retracted'),
}
const partWords: Readonly<Record<string, () => string>> = {
  headline: () => t('part_headline'),
  summary: () => t('part_summary'),
  url: () => t('part_url'),
}
const fieldWords: Readonly<Record<string, () => string>> = {
  level: () => t('level'),
  status: () => t('field_status'),
  topics: () => t('topics'),
  expiresAt: () => t('field_expiresAt'),
  note: () => t('part_note'),
  texts: () => t('field_texts'),
}

/**
 * The name of a field of an alert as an editor reads it, by its JSON pointer (`/texts/fa/headline`); the pointer's parts where
 * it has none. `nameOf`: the name of a language.
 */
export function fieldName(pointer: string, nameOf: (tag: string) => string): string {
  const parts = pointer.slice(1).split('/')
  const [field = '', language, part] = parts
  const known = part === undefined ? fieldWords[field] : field === 'texts' ? partWords[part] : undefined
  if (known === undefined || parts.length > 3) return parts.join(' › ')
  return language === undefined ? known() : `${nameOf(language)}: ${known()}`
}

/** A value of a field that is a word of ours, as an editor reads it; undefined: it is what somebody wrote. */
export function fieldValue(pointer: string, value: unknown): string | undefined {
  const words = { '/level': levelWords, '/status': statusWords }[pointer]
  return typeof value === 'string' && words !== undefined && Object.keys(words).includes(value)
    ? words[value]?.()
    : undefined
}
