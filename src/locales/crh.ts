import type { Words } from './en.ts'

/** Crimean Tatar. What is not here comes in English, until someone who speaks it well writes it. */
export const crh: Words = {
  title: 'Aşıqış haberler',
  languages: 'Tiller',
  latest: 'Soñki haberler',
  urgent: 'Aşıqış',
  routine: 'Haber',
  corrected: 'Tüzetme',
  allAlerts: 'Bütün haberler',
  topics: 'Mevzular',
  apply: 'Köster',
  notFound: 'Böyle saife yoq',
}
