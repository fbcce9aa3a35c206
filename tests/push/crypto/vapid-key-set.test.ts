import { expect, test } from 'vitest'
import { subjectFault } from '../../../src/push/crypto/vapid-key-set.ts'

test.each(['mailto:desk@news.example', 'https://news.example', 'https://news.example/contact'])(
  'the subject %s is accepted',
  (subject) => {
    expect(subjectFault(subject)).toBeNull()
  },
)

test.each([
  '',
  'desk@news.example',
  'mailto:',
  'mailto:desk',
  'mailto:desk@localhost',
  'mailto: desk@news.example',
  'mailto:<desk@news.example>',
  'https://localhost',
  'https://localhost:3000',
  'https://a.localhost',
  'http://news.example',
])('the subject %j is refused', (subject) => {
  expect(subjectFault(subject)).not.toBeNull()
})
