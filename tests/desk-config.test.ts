import { expect, test } from 'vitest'
import { type DeskConfig, pausedWhat } from '../src/web/desk-config.ts'

const config: DeskConfig = {
  languages: [{ tag: 'fa', name: 'فارسی', dir: 'rtl' }],
  topics: [{ id: 'rights', label: 'Human rights' }],
  parts: { desk: '' },
  retractionNotes: {},
}

test('a pause is said in the names of its languages and topics; an empty one is everything', () => {
  expect(pausedWhat(config, { languages: ['fa', 'ps'], topics: ['rights', 'old'] })).toBe(
    'فارسی, ps, Human rights, old',
  )
  expect(pausedWhat(config, { languages: [], topics: [] })).toBe('everything')
})
