import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigMistakes, misspelt, readConfig } from '../src/node/config.ts'
import { runs } from './support/effort.ts'

function mistakesOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes
    throw error
  }
}

test('an empty environment is a service on this machine alone', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 3_000,
    dataDir: './data',
    publicUrl: null,
    drainSeconds: 10,
    hungSeconds: 10,
    pushPreparedMax: 1_000_000,
    subscribePerMinute: 0,
    connectionsPerAddress: 0,
    trustProxy: false,
  })
})

test('an empty value means none', () => {
  expect(readConfig({ PORT: '', PUBLIC_URL: '' })).toMatchObject({ port: 3_000, publicUrl: null })
})

test('every mistake is told at once, by the name of its variable', () => {
  const mistakes = mistakesOf({
    PORT: '99999',
    LOG_LEVEL: 'loud',
    PUBLIC_URL: 'alerts',
    VAPID_SUBJECT: 'mailto:me@localhost',
    DRAIN_SECONDS: '-1',
  })
  expect(mistakes.map((line) => line.split(':')[0]).sort()).toEqual([
    'DRAIN_SECONDS',
    'LOG_LEVEL',
    'PORT',
    'PUBLIC_URL',
    'VAPID_SUBJECT',
  ])
})

test.each([
  ['PORT', '1e3'],
  ['PORT', '65536'],
  ['PUBLIC_URL', 'ftp://alerts.example'],
  ['PUBLIC_URL', 'https://alerts.example/path'],
  ['DATABASE_URL', 'postgres://localhost/x'],
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
  ['TRUST_PROXY', 'maybe'],
  ['METRICS_KEY', 'x'],
  ['CONNECTIONS_PER_ADDRESS', 'many'],
  ['HUNG_SECONDS', '-1'],
])('%s=%s is refused', (name, value) => {
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
})

test('secrets are not shown in mistakes', () => {
  expect(mistakesOf({ ADMIN_KEY: 'hunter2', DATABASE_URL: 'postgres://u:hunter2@h/x' }).join()).not.toContain('hunter2')
})

test('any environment is read or refused, never half', () => {
  const name = fc.constantFrom(
    'HOST',
    'PORT',
    'PUBLIC_URL',
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

test.each([
  ['DATADIR', 'DATA_DIR'],
  ['data_dir', 'DATA_DIR'],
  ['TOCSIN_PORT', 'PORT'],
  ['PUSH_HOST', 'PUSH_HOSTS'],
  ['\ufeffPORT', 'PORT'],
  ['VAPID_SUBJET', 'VAPID_SUBJECT'],
  ['METRIC_KEY', 'METRICS_KEY'],
])('%s is warned of: %s was meant', (name, meant) => {
  expect(misspelt({ [name]: 'x' })).toEqual([`${name} is not a setting. Did you mean ${meant}?`])
})

test('the usual environment of a machine is not warned of', () => {
  const usual = [
    'HOME',
    'PATH',
    'USER',
    'SHELL',
    'TERM',
    'LANG',
    'PWD',
    'HOSTNAME',
    'LOGNAME',
    'NODE_ENV',
    'TOCSIN_URL',
    'TOCSIN_KEY',
  ]
  expect(misspelt(Object.fromEntries(usual.map((name) => [name, 'x'])))).toEqual([])
})
