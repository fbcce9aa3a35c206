import fc from 'fast-check'
import { expect, test } from 'vitest'
import webPush from 'web-push'
import { readConfig } from '../../src/node/config.ts'
import { readSettings } from '../../src/node/newsroom-file.ts'
import { plainSettingsWarning } from '../../src/node/start-warnings.ts'
import { runs } from '../support/effort.ts'
import { settingMistakes as mistakesOf } from '../support/refusal.ts'

test('an empty environment is a service on this machine alone', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 3_000,
    dataDir: './data',
    publicUrl: null,
    drainSeconds: 10,
    stopDelaySeconds: 0,
    hungSeconds: 10,
    heartbeatSeconds: 25,
    pageHeartbeatSeconds: 3,
    pushPreparedMax: 1_000_000,
    subscribePerMinute: 0,
    connectionsPerAddress: 0,
    trustProxy: false,
  })
})

test('an empty value means none', () => {
  expect(readConfig({ PORT: '', PUBLIC_URL: '' })).toMatchObject({ port: 3_000, publicUrl: null })
})

test('every mistake is reported at once, with the name of its variable', () => {
  const mistakes = mistakesOf({
    PORT: '99999',
    LOG_LEVEL: 'loud',
    PUBLIC_URL: 'alerts',
    VAPID_SUBJECT: 'mailto:me@localhost',
    DRAIN_SECONDS: '-1',
    STOP_DELAY_SECONDS: '601',
  })
  expect(mistakes.map((line) => line.split(':')[0]).sort()).toEqual([
    'DRAIN_SECONDS',
    'LOG_LEVEL',
    'PORT',
    'PUBLIC_URL',
    'STOP_DELAY_SECONDS',
    'VAPID_SUBJECT',
  ])
})

const wrongSettings: readonly (readonly [string, string])[] = [
  ['PORT', '1e3'],
  ['PORT', '65536'],
  ['PUBLIC_URL', 'ftp://alerts.example'],
  ['PUBLIC_URL', 'https://alerts.example/path'],
  ['PUBLIC_URL', `https://${'a.'.repeat(94)}example`],
  ['DATABASE_URL', 'mysql://localhost/x'],
  ['DATABASE_URL', 'postgres://localhost'],
  ['VAPID_SUBJECT', 'mailto:<a@b.example>'],
  ['VAPID_SUBJECT', 'https://localhost/'],
  ['VAPID_PUBLIC_KEY', 'short'],
  ['ADMIN_KEY', 'short'],
  ['PROCESSES', '0'],
  ['PUSH_PREPARED_MAX', '-1'],
  ['PUSH_PREPARED_MAX', '10000001'],
  ['PROCESSES', '65'],
  ['PUSH_HOSTS', 'example'],
  ['PUSH_CONNECT_TO', 'host=nowhere'],
  ['PUSH_CONNECT_TO', 'a=b:99999'],
  ['PUSH_CONNECT_TO', 'a=b:65536'],
  ['PUSH_CONNECT_TO', 'a=b:0'],
  ['PUSH_CONNECT_TO', 'a=b:-1'],
  ['PUSH_CONNECT_TO', 'a=b:'],
  ['PUSH_CONNECT_TO', 'a=:443'],
  ['PUSH_CONNECT_TO', '=b:443'],
  ['PUSH_CONNECT_TO', 'a=[::1]'],
  ['PUSH_CONNECT_TO', 'a=::1'],
  ['PUSH_CONNECT_TO', 'a=[::1:443'],
  ['PUSH_CONNECT_TO', 'a=[]:443'],
  ['PUSH_CONNECT_TO', 'a=[1:2]:443'],
  ['PUSH_CONNECT_TO', 'a=256.0.0.1:443'],
  ['PUSH_CONNECT_TO', 'a=b c:443'],
  ['PUSH_CONNECT_TO', 'a=https://b:443'],
  ['PUSH_CONNECT_TO', 'a=b/c:443'],
  ['PUSH_CONNECT_TO', 'a=b=c:443'],
  ['PUSH_CONNECT_TO', 'a=b:443,c'],
  ['HOST', '127.0.0.1:3000'],
  ['HOST', '[::1]'],
  ['HOST', '[::1]:3000'],
  ['HOST', 'localhost:3000'],
  ['HOST', 'http://localhost'],
  ['HOST', 'a b'],
  ['PORT', ':3000'],
  ['PORT', '65536'],
  ['TRUST_PROXY', 'maybe'],
  ['METRICS_KEY', 'x'],
  ['CONNECTIONS_PER_ADDRESS', 'many'],
  ['HUNG_SECONDS', '-1'],
  ['HEARTBEAT_SECONDS', '0'],
  ['HEARTBEAT_SECONDS', '301'],
  ['PAGE_HEARTBEAT_SECONDS', '1'],
  ['PAGE_HEARTBEAT_SECONDS', '61'],
  ['PAGE_HEARTBEAT_SECONDS', '2.5'],
  ['PAGE_HEARTBEAT_SECONDS', '-3'],
]

test.each(wrongSettings)('%s=%s is refused', (name, value) => {
  expect(mistakesOf({ [name]: value }).join()).toContain(name)
})

test('half a pair of push keys is refused', () => {
  expect(mistakesOf({ VAPID_PUBLIC_KEY: `B${'A'.repeat(86)}` }).join()).toContain('both or neither')
})

test('what is right is taken', () => {
  const config = readConfig({
    PUBLIC_URL: 'https://alerts.example/',
    PUSH_HOSTS: 'push.example.org, Other.Example',
    PUSH_CONNECT_TO: 'fcm.googleapis.com=127.0.0.1:8443,web.push.apple.com=[::1]:9',
    PUSH_PREPARED_MAX: '0',
    TRUST_PROXY: 'true',
    VAPID_SUBJECT: 'mailto:desk@news.example',
  })
  expect(config).toMatchObject({
    publicUrl: 'https://alerts.example',
    trustProxy: true,
    pushPreparedMax: 0,
    pushHosts: ['push.example.org', 'other.example'],
  })
  expect(config.pushConnectTo.get('fcm.googleapis.com')).toEqual({ address: '127.0.0.1', port: 8_443 })
  expect(config.pushConnectTo.get('web.push.apple.com')).toEqual({ address: '::1', port: 9 })
})

test.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'my_host.example', 'alerts.example'])(
  'HOST=%s is taken',
  (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST)
  },
)

test('secrets are not shown in mistakes', () => {
  expect(mistakesOf({ ADMIN_KEY: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@h/x' }).join()).not.toContain('hunter2')
})

test('any environment is read or refused, never half', () => {
  const name = fc.constantFrom(
    'HOST',
    'PORT',
    'PUBLIC_URL',
    'STOP_DELAY_SECONDS',
    'VAPID_SUBJECT',
    'PUSH_CONNECT_TO',
    'PUSH_HOSTS',
    'PROCESSES',
    'TRUST_PROXY',
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: 'binary' })), (env) => void mistakesOf(env)),
    { numRuns: runs(1_000) },
  )
})

test.each([
  ['DATA_DIR', ' '],
  ['DATA_DIR', './data '],
  ['DATA_DIR', '~/data'],
  ['ADMIN_KEY', 'a-key-that-is-long-enough\r'],
  ['NEWSROOM', '\ufeffnewsroom.json'],
  ['HOST', '\t127.0.0.1'],
  ['TRUST_PROXY', ' '],
  ['TRUST_PROXY', '2'],
  ['TRUST_PROXY', 'loopback'],
])('%s=%j is refused: nobody means that', (name, value) => {
  expect(mistakesOf({ [name]: value }).join()).toContain(name)
})

const long = 'a-key-that-is-long-enough'

test.each([
  ['ADMIN_KEY', 'a key that is long enough'],
  ['ADMIN_KEY', `${long}\u0000`],
  ['ADMIN_KEY', `${long}\tb`],
  ['ADMIN_KEY', `${long}é`],
  ['ADMIN_KEY', 'ключ-редактора-достаточно-длинный'],
  ['ADMIN_KEY', `${long}\u200b`],
  ['ADMIN_KEY', `${long}\u007f`],
  ['METRICS_KEY', 'two words'],
  ['METRICS_KEY', 'schlüssel'],
  ['METRICS_KEY', 'a\r\nX-Other: header'],
])(
  '%s=%j is refused, for nobody could send it; it is said what may stand in it, and the key is not shown',
  (name, value) => {
    const [line, ...more] = mistakesOf({ [name]: value })
    expect([line, more]).toEqual([
      expect.stringMatching(new RegExp(`^${name}: only letters without accents .* without spaces`)),
      [],
    ])
    expect(line).not.toContain(value)
  },
)

test('a key of any signs that a header carries is taken, as long as it may be', () => {
  const signs = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('')
  for (const key of [signs, 'x'.repeat(20), 'x'.repeat(200), 'YWJj+/ZGVm-_~.MTIzNA=='])
    expect(readConfig({ ADMIN_KEY: key }).adminKey).toBe(key)
  expect(mistakesOf({ ADMIN_KEY: 'x'.repeat(19) })).toEqual(['ADMIN_KEY: at least 20 characters are wanted'])
  expect(mistakesOf({ ADMIN_KEY: 'x'.repeat(201) })).toEqual(['ADMIN_KEY: at most 200 characters are wanted'])
  expect(readConfig({ METRICS_KEY: 'x'.repeat(1_000) }).metricsKey).toHaveLength(1_000)
  expect(mistakesOf({ METRICS_KEY: 'x'.repeat(1_001) })).toEqual(['METRICS_KEY: at most 1000 characters are wanted'])
})

test.each([
  'https://user:hunter2@alerts.example',
  'https://hunter2@alerts.example',
  'https://:hunter2@alerts.example/path?x#y',
  'https://alerts.example?',
  'https://alerts.example?a=b',
  'https://alerts.example/#',
  'https://alerts.example#top',
  'https://alerts.example/news',
  'https:alerts.example',
  'https:///alerts.example',
  'https:\\\\alerts.example',
  'https://alerts.exa\tmple',
  'https://alerts.example\n',
  'https://',
  '//alerts.example',
])('PUBLIC_URL=%j is refused, and no password shown', (url) => {
  const [line, ...more] = mistakesOf({ PUBLIC_URL: url })
  expect(line).toMatch(/^PUBLIC_URL: /)
  expect([line, ...more].join()).not.toContain('hunter2')
})

test.each([
  ['https://alerts.example', 'https://alerts.example'],
  ['HTTPS://Alerts.Example:443/', 'https://alerts.example'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ['https://[2001:db8::1]:8443/', 'https://[2001:db8::1]:8443'],
  ['https://новости.example', 'https://xn--b1amnebsh.example'],
])('PUBLIC_URL=%s is the origin %s', (url, origin) => {
  expect(readConfig({ PUBLIC_URL: url }).publicUrl).toBe(origin)
})

test.each([
  'mailto:дежурный@news.example',
  'mailto:desk@новости.example',
  'mailto:desk@news.example\u0000',
  'mailto:desk @news.example',
  'https://intern/',
])('VAPID_SUBJECT=%j is refused: no push service can write there', (subject) => {
  expect(mistakesOf({ VAPID_SUBJECT: subject }).join()).toMatch(/^VAPID_SUBJECT: a mailto: or https: address/)
})

test.each([
  [undefined, 'raw'],
  ['', 'raw'],
  ['raw', 'raw'],
  ['node', 'node'],
] as const)('STREAM_WRITER=%s is %s', (given, writer) => {
  expect(readConfig({ STREAM_WRITER: given }).streamWriter).toBe(writer)
})

test('push keys that are no pair are named with all other mistakes', async () => {
  const [one, other] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()]
  const pair = { VAPID_PUBLIC_KEY: one.publicKey, VAPID_PRIVATE_KEY: other.privateKey }
  const noPair = 'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY: The VAPID keys are not a pair.'
  await expect(readSettings(pair)).rejects.toMatchObject({ mistakes: [noPair] })
  await expect(readSettings({ ...pair, PORT: 'x' })).rejects.toMatchObject({
    mistakes: [expect.stringContaining('PORT'), noPair],
  })
  expect(await readSettings({ ...pair, VAPID_PRIVATE_KEY: one.privateKey })).toMatchObject({
    vapidPublicKey: one.publicKey,
    vapidPrivateKey: one.privateKey,
  })
})

test('no mistake is reported in the words of a library', () => {
  const wrong: Record<string, string> = {
    ...Object.fromEntries(wrongSettings),
    LOG_LEVEL: 'loud',
    IO_URING: 'y',
    STREAM_WRITER: 'fast',
    NEWSROOM: ' ',
  }
  const lines = mistakesOf(wrong)
  expect(lines.map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(Object.keys(wrong)))
  for (const line of lines) expect(line).not.toMatch(/expected|invalid|too (small|big)|must|received/i)
})

test('io_uring is used only where it is asked for', () => {
  expect(readConfig({}).ioUring).toBe(false)
  expect(readConfig({ IO_URING: '1' }).ioUring).toBe(true)
})

test('PLAIN chooses every plain implementation, and what is set for a part itself comes first', () => {
  const of = (env: Record<string, string>) => {
    const { pushSender, socketWriter, streamWriter, fastSubscribe } = readConfig(env)
    return { pushSender, socketWriter, streamWriter, fastSubscribe }
  }
  const fast = { pushSender: 'own', socketWriter: 'raw', streamWriter: 'raw', fastSubscribe: true }
  const plain = { pushSender: 'web-push', socketWriter: 'ws', streamWriter: 'node', fastSubscribe: false }
  expect(of({})).toEqual(fast)
  expect(of({ PLAIN: '0' })).toEqual(fast)
  expect(of({ PLAIN: '1' })).toEqual(plain)
  expect(of({ PUSH_SENDER: 'web-push', SOCKET_WRITER: 'ws', STREAM_WRITER: 'node', FAST_SUBSCRIBE: '0' })).toEqual(
    plain,
  )
  expect(of({ PLAIN: '1', SOCKET_WRITER: 'raw', FAST_SUBSCRIBE: '1' })).toEqual({
    ...plain,
    socketWriter: 'raw',
    fastSubscribe: true,
  })
})

test('the start names plain implementations by the settings that chose them', () => {
  expect(plainSettingsWarning(readConfig({}))).toBeNull()
  expect(plainSettingsWarning(readConfig({ FAST_SUBSCRIBE: '0' }))).toMatch(/: FAST_SUBSCRIBE=0\.$/)
  expect(plainSettingsWarning(readConfig({ PLAIN: '1' }))).toContain(
    'PUSH_SENDER=web-push, SOCKET_WRITER=ws, STREAM_WRITER=node, FAST_SUBSCRIBE=0',
  )
})
