import { localeOf } from '../../locales/locales.ts'

/** What is said of a retracted alert in a language whose note nobody wrote; undefined where we do not have the words. */
export function retractionNotice(language: string): string | undefined {
  return localeOf(language).notifications?.retractionNotice
}
