import { afterEach, expect, test } from 'vitest'
import { english, localeOf } from '../../../../src/locales/locales.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { failureWords } from '../../../../src/web/desk/state/service-words.ts'

const inEnglish = { language: 'en', dir: 'ltr', text: { ...english.desk } } as const
afterEach(() => setDeskWords(inEnglish))

test.each([
  ['queryA ENOTFOUND cms.example', /host name is not found/],
  ['getaddrinfo EAI_AGAIN cms.example', /host name is not found/],
  ['cms.example leads to no address, which is not of the public internet', /not found/],
  ['cms.example leads to 10.0.0.1, which is not of the public internet', /own network/],
  ['no answer in time', /did not answer in time/],
  ['no answer within 10000 ms', /did not answer in time/],
  ['connect ECONNREFUSED 192.0.2.1:443', /takes connections/],
  ['socket hang up', /broke off/],
  ['read ECONNRESET', /broke off/],
  ['connect EHOSTUNREACH 192.0.2.1:443', /No way leads there/],
  ['self-signed certificate', /certificate/],
  ["Hostname/IP does not match certificate's altnames", /certificate/],
  ['503', /^It answered 503\.$/],
])('“%s” is said in words in every language of the desk, and to operators as it is', (detail, words) => {
  setDeskWords(inEnglish)
  expect(failureWords(detail)).toMatch(words)
  setDeskWords({ language: 'fa', dir: 'rtl', text: { ...localeOf('fa').desk } })
  const said = failureWords(detail)
  if (!/^\d+$/.test(detail)) expect(said).toContain(`\u2066${detail}\u2069`)
  expect(said.replace(detail, '').replace('TLS', '')).not.toMatch(/[a-z]{3}/i)
})

test('what has no words is told as it is, isolated from what is around it', () => {
  expect(failureWords('something new')).toBe('\u2066something new\u2069')
})
