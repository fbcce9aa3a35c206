import { expect, test } from 'vitest'
import { plainInterest } from '../../../src/protocol/terms/plain-interest.ts'

test.each<[readonly string[] | '*' | undefined, readonly string[] | '*']>([
  [['EN'], ['en']],
  [['sr-latn'], ['sr-Latn']],
  [['ZH-HANT-tw'], ['zh-Hant-TW']],
  [['fa,en'], ['fa', 'en']],
  [
    ['fa', ' en'],
    ['fa', 'en'],
  ],
  [['en', 'EN', ''], ['en']],
  [
    ['fa', 'ru', 'en'],
    ['fa', 'ru', 'en'],
  ],
  [['no tag'], ['no tag']],
  [['en', '*'], '*'],
  [[''], '*'],
  [[], '*'],
  ['*', '*'],
  [undefined, '*'],
])('the languages %j are %j as newsrooms write them, in the order of preference', (languages, plain) => {
  expect(plainInterest({ languages }).languages).toEqual(plain)
})

test.each<[readonly string[] | undefined, readonly string[]]>([
  [['afghanistan,iran'], ['afghanistan', 'iran']],
  [
    [' afghanistan', 'iran '],
    ['afghanistan', 'iran'],
  ],
  [['iran', 'iran'], ['iran']],
  [['Iran'], ['Iran']],
  [[''], []],
  [undefined, []],
])('the topics %j are %j', (topics, plain) => {
  expect(plainInterest({ topics }).topics).toEqual(plain)
})
