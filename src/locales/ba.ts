import type { Words } from './en.ts'

/** Bashkir. What is not here comes in English, until someone who speaks it well writes it. */
export const ba: Words = {
  title: 'Ашығыс хәбәрҙәр',
  languages: 'Телдәр',
  latest: 'Һуңғы хәбәрҙәр',
  urgent: 'Ашығыс',
  routine: 'Хәбәр',
  corrected: 'Төҙәтеү',
  allAlerts: 'Бөтә хәбәрҙәр',
  topics: 'Темалар',
  levelRoutine: 'Барыһы',
  apply: 'Күрһәтергә',
  notFound: 'Бындай бит юҡ',
}
