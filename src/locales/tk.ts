import type { Words } from './en.ts'

/** Turkmen. What is not here comes in English, until someone who speaks it well writes it. */
export const tk: Words = {
  title: 'Gyssagly habarlar',
  languages: 'Diller',
  latest: 'Soňky habarlar',
  urgent: 'Gyssagly',
  routine: 'Habar',
  corrected: 'Düzediş',
  fullStory: 'Doly okaň',
  published: 'Çap edildi',
  allAlerts: 'Ähli habarlar',
  topics: 'Temalar',
  levelRoutine: 'Hemmesi',
  apply: 'Görkez',
  live: 'Göni',
  notFound: 'Beýle sahypa ýok',
}
