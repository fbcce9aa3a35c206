import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readSettings } from '../../src/node/newsroom-file.ts'
import type { ConfigMistakes } from '../../src/node/start-errors.ts'
import { settingMistakes } from '../support/refusal.ts'

test('each mistake ends with the value that was given, once', () => {
  const lines = settingMistakes({
    PORT: 'x',
    VAPID_SUBJECT: 'foo',
    PUSH_CONNECT_TO: 'fcm.googleapis.com=127.0.0.1:1,web.push.apple.com',
    PUBLIC_URL: 'https://u:hunter2@alerts.example',
    DATA_DIR: '~/data',
  })
  expect(lines).toEqual([
    'PORT: a whole number from 0 to 65535 is wanted (given: "x")',
    expect.stringMatching(/^PUBLIC_URL: .* \(given: "https:\/\/…@alerts\.example"\)$/),
    expect.stringMatching(/^DATA_DIR: .* \(given: "~\/data"\)$/),
    expect.stringMatching(/^VAPID_SUBJECT: .* \(given: "foo"\)$/),
    'PUSH_CONNECT_TO: "web.push.apple.com" is not host=address:port, with a port from 1 to 65535',
  ])
})

test.each([
  ['HTTPS_PROXY', 'ftp://x', '"ftp://x"'],
  ['HTTPS_PROXY', 'socks5://proxy.example:1080', '"socks5://proxy.example:1080"'],
  ['ALL_PROXY', 'socks5h://a:1', '"socks5h://a:1"'],
  ['all_proxy', 'socks://u:hunter2@a:1', '"socks://…@a:1"'],
  ['https_proxy', 'http://', '"http://"'],
  ['https_proxy', 'http://:8080', '"http://:8080"'],
  ['HTTPS_PROXY', 'u:%E0hunter2@a:1', '"…@a:1"'],
  ['HTTPS_PROXY', 'proxy.example:99999', '"proxy.example:99999"'],
])('%s=%s is a mistake among the others; it names that variable and shows no password', (name, value, given) => {
  const [port, proxy, ...more] = settingMistakes({ [name]: value, PORT: 'x' })
  expect(port).toMatch(/^PORT: /)
  expect(proxy?.startsWith(`${name}: `)).toBe(true)
  expect(proxy?.endsWith(` (given: ${given})`)).toBe(true)
  expect(more).toEqual([])
})

test.each([
  { HTTPS_PROXY: 'http://proxy.example:3128' },
  { HTTPS_PROXY: 'proxy.example:3128', ALL_PROXY: 'socks5://a:1' },
  { ALL_PROXY: 'socks5://a:1', NO_PROXY: '*' },
  { all_proxy: 'socks5://a:1', no_proxy: '*' },
  { HTTPS_PROXY: '', ALL_PROXY: '' },
  { HTTP_PROXY: 'socks5://a:1' },
])('%j is no mistake', (env) => {
  expect(settingMistakes(env)).toEqual([])
})

test('a newsroom that cannot be used is a mistake like the others: its setting, a colon, what is wrong', async () => {
  await expect(readSettings({ NEWSROOM: '/nope/newsroom.json' })).rejects.toMatchObject({
    mistakes: ['NEWSROOM: the file cannot be read: ENOENT (given: "/nope/newsroom.json")'],
  })
  const path = fileURLToPath(new URL('../../package.json', import.meta.url))
  const mistakes = await readSettings({ NEWSROOM: path }).catch((error: ConfigMistakes) => error.mistakes)
  expect(mistakes).toContainEqual(expect.stringMatching(/^NEWSROOM: .*package\.json: \/languages: /))
})
