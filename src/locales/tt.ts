import type { Words } from './en.ts'

/** Tatar. What is not here comes in English, until someone who speaks it well writes it. */
export const tt: Words = {
  title: 'Ашыгыч хәбәрләр',
  languages: 'Телләр',
  latest: 'Соңгы хәбәрләр',
  urgent: 'Ашыгыч',
  routine: 'Хәбәр',
  updated: 'Яңарту',
  corrected: 'Төзәтү',
  retracted: 'Кире алынды',
  whatWasWrong: 'Нәрсә дөрес түгел иде',
  fullStory: 'Тулысынча укырга',
  published: 'Басылды',
  allAlerts: 'Барлык хәбәрләр',
  topics: 'Темалар',
  levelRoutine: 'Барысы',
  apply: 'Күрсәтергә',
  live: 'Турыдан-туры',
  notFound: 'Мондый бит юк',
}
