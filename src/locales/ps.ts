import type { Words } from './en.ts'

/** Pashto. What is not here comes in English, until someone who speaks it well writes it. */
export const ps: Words = {
  title: 'بیړني خبرونه',
  languages: 'ژبې',
  latest: 'وروستي خبرتیاوې',
  urgent: 'بیړنی',
  routine: 'خبر',
  corrected: 'سمون',
  whatWasWrong: 'څه سم نه وو',
  fullStory: 'بشپړ خبر ولولئ',
  published: 'خپور شو',
  allAlerts: 'ټولې خبرتیاوې',
  topics: 'موضوعات',
  levelRoutine: 'ټول',
  apply: 'وښیئ',
  live: 'ژوندی',
  notFound: 'داسې پاڼه نشته',
}
