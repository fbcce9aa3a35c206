import { availableParallelism } from 'node:os'
import * as z from 'zod'
import { adminKeyChars, bearerKeyFault, metricsKeyChars } from '../auth/bearer-key.ts'
import { parseLocalHosts } from '../desk/webhooks/webhook-url.ts'
import { publicOrigin, publicUrlFault } from '../domain/public-url.ts'
import { hubLimits } from '../hub/hub-limits.ts'
import { heartbeatSecondsMax, reconnectAfterMsMax } from '../protocol/live-streams.ts'
import { pageHeartbeatFault } from '../protocol/terms/page-heartbeat.ts'
import { pageHeartbeatSecondsDefault } from '../protocol/terms/page-heartbeat-default.ts'
import { secretBytes, secretOf } from '../push/crypto/push-secret.ts'
import { subjectFault } from '../push/crypto/vapid-key-set.ts'
import { type ConnectTo, parseConnectTo } from '../push/send/connect-to.ts'
import { parsePushHosts } from '../push/subscriptions/push-services.ts'
import { seedFault } from '../signing/key-ring.ts'
import { proxySetting } from './push/connections/proxy-setting.ts'
import { chainMistakes } from './signing/key-chain-setting.ts'
import { ConfigMistakes } from './start-errors.ts'
import { postgresUrlMistake } from './stores/postgres-url.ts'

/** The service's settings, read from the environment. */
export type Config = {
  readonly host: string
  readonly port: number
  readonly publicUrl: string | null
  readonly dataDir: string
  /** A PostgreSQL database in place of the one in `dataDir`. */
  readonly databaseUrl: string | null
  /** Where wake-ups are listened for, when `databaseUrl` leads through a pooler. */
  readonly listenDatabaseUrl: string | null
  readonly newsroomPath: string | null
  /** The folder of plain files for mirrors that is kept up to date. */
  readonly exportDir: string | null
  /** The secret that push addresses are encrypted with, in base64. */
  readonly pushSecret: string | null
  readonly vapidSubject: string | null
  readonly vapidPublicKey: string | null
  readonly vapidPrivateKey: string | null
  /** The private key that signs what is published, in base64url, and the public keys up to it. */
  readonly signingKey: string | null
  readonly signingKeyChain: string | null
  /** The id of a key that is lost for good. */
  readonly signingKeyLost: string | null
  readonly adminKey: string | null
  readonly processes: number
  /** How long a child process may be silent before it is replaced; 0: for ever. */
  readonly hungSeconds: number
  /**
   * How often each live reader is sent a heartbeat with its position. It must be more often than proxies close idle
   * connections.
   */
  readonly heartbeatSeconds: number
  readonly pageHeartbeatSeconds: number
  /** Whether readers may be written to by io_uring, where the system has it. */
  readonly ioUring: boolean
  /** How WebSockets are written to: past their streams (by io_uring too), or by ws itself. */
  readonly socketWriter: (typeof socketWriters)[number]
  readonly streamWriter: (typeof streamWriters)[number]
  /** Whether `POST /v1/subscriptions` in its usual form is answered before the app's route. */
  readonly fastSubscribe: boolean
  /** How pushes are encrypted, signed and sent. */
  readonly pushSender: (typeof pushSenders)[number]
  readonly pushThreads: number
  /** How many push keys are prepared at most, at 142 bytes of memory each; 0: none. */
  readonly pushPreparedMax: number
  readonly pushHosts: readonly string[]
  /** Hosts that are connected to at another address, for tests. */
  readonly pushConnectTo: ConnectTo
  /** Hosts of the own network that webhooks may lead to, and callbacks of WebSub. */
  readonly webhookLocalHosts: readonly string[]
  readonly websubLocalHosts: readonly string[]
  readonly trustProxy: boolean
  readonly metricsKey: string | null
  readonly logLevel: (typeof logLevels)[number]
  readonly drainSeconds: number
  readonly stopDelaySeconds: number
  readonly subscribePerMinute: number
  readonly connectionsPerAddress: number
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `a whole number from ${min} to ${max} is wanted` })
    .transform(Number)
    .refine((number) => number >= min && number <= max, { error: `a whole number from ${min} to ${max} is wanted` })

/** A text in which `fault` finds nothing wrong. */
const faultless = (fault: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const message = fault(text)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })

const bearerKey = (charsMin: number, charsMax: number) =>
  faultless((key) => bearerKeyFault(key, charsMin, charsMax)).optional()

const connectTo = z.string().transform((text, context) =>
  parseConnectTo(text, (message) =>
    // The sentence names the part that is wrong.
    context.addIssue({ code: 'custom', message, params: { namesValue: true } }),
  ),
)

const hostList = (
  parseHosts: (text: string) => { readonly hosts: readonly string[]; readonly mistake: string | null },
) =>
  z.string().transform((text, context) => {
    const { hosts, mistake } = parseHosts(text)
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake })
    return hosts
  })

/** `raw`: streams past Node's parser and `ServerResponse`; `node`: through them. */
const streamWriters = ['raw', 'node'] as const
/** `raw`: prepared frames past the socket's stream; `ws`: by the library ws. */
const socketWriters = ['raw', 'ws'] as const
/** `own`: our encryption and HTTP/2; `web-push`: the package of that name and node:http2. */
const pushSenders = ['own', 'web-push'] as const

/** One of several words. */
const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, { error: `${words.join(' or ')} is wanted` })

/** A name or an IPv4 address, or an IPv6 address with its zone, as `server.listen` takes them. */
const listenHost = /^([\w.-]+|[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(%[\w.-]+)?)$/i
const hostWanted = 'an address or a name is wanted, without a port (that is PORT) and without brackets'

const yesOrNo = z.enum(['0', '1', 'false', 'true'], { error: '0, 1, false or true is wanted' })
const isYes = (word: z.output<typeof yesOrNo>) => word === '1' || word === 'true'

const postgresUrl = z.string().superRefine((text, context) => {
  const message = postgresUrlMistake(text)
  if (message !== null) context.addIssue({ code: 'custom', message })
})

const folderPath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('~'), { error: 'the ~ is not filled in here; write the whole path' })

const environment = z.object({
  HOST: z.string().regex(listenHost, { error: hostWanted }).default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3_000),
  PUBLIC_URL: faultless(publicUrlFault).transform(publicOrigin).optional(),
  DATA_DIR: folderPath.default('./data'),
  DATABASE_URL: postgresUrl.optional(),
  LISTEN_DATABASE_URL: postgresUrl.optional(),
  PUSH_SECRET: z
    .string()
    .refine((text) => secretOf(text) !== null, {
      error: `${secretBytes} bytes in base64 are wanted: openssl rand -base64 32`,
    })
    .optional(),
  NEWSROOM: z.string().min(1).optional(),
  EXPORT_DIR: folderPath.optional(),
  VAPID_SUBJECT: faultless(subjectFault).optional(),
  VAPID_PUBLIC_KEY: z
    .string()
    .regex(/^B[\w-]{86}$/, { error: '65 bytes in base64url are wanted' })
    .optional(),
  VAPID_PRIVATE_KEY: z
    .string()
    .regex(/^[\w-]{43}$/, { error: '32 bytes in base64url are wanted' })
    .optional(),
  SIGNING_KEY: faultless(seedFault).optional(),
  SIGNING_KEY_CHAIN: z.string().optional(),
  SIGNING_KEY_LOST: z
    .string()
    .regex(/^[\w-]{11}$/, { error: 'the id of a signing key is wanted: 11 characters' })
    .optional(),
  ADMIN_KEY: bearerKey(...adminKeyChars),
  PROCESSES: whole(1, 64).default(1),
  HUNG_SECONDS: whole(0, 3_600).default(10),
  HEARTBEAT_SECONDS: whole(1, heartbeatSecondsMax).default(hubLimits.heartbeatSeconds),
  PAGE_HEARTBEAT_SECONDS: faultless(pageHeartbeatFault).transform(Number).default(pageHeartbeatSecondsDefault),
  IO_URING: yesOrNo.default('0'),
  PLAIN: yesOrNo.default('0'),
  SOCKET_WRITER: oneOf(socketWriters).optional(),
  STREAM_WRITER: oneOf(streamWriters).optional(),
  FAST_SUBSCRIBE: yesOrNo.optional(),
  PUSH_SENDER: oneOf(pushSenders).optional(),
  PUSH_THREADS: whole(1, 64).default(Math.max(1, availableParallelism() - 1)),
  PUSH_PREPARED_MAX: whole(0, 10_000_000).default(1_000_000),
  PUSH_HOSTS: hostList(parsePushHosts).default([]),
  PUSH_CONNECT_TO: connectTo.default(new Map()),
  WEBHOOK_LOCAL_HOSTS: hostList(parseLocalHosts).default([]),
  WEBSUB_LOCAL_HOSTS: hostList(parseLocalHosts).default([]),
  TRUST_PROXY: yesOrNo.default('0'),
  METRICS_KEY: bearerKey(...metricsKeyChars),
  LOG_LEVEL: z.enum(logLevels, { error: `one of ${logLevels.join(', ')} is wanted` }).default('info'),
  DRAIN_SECONDS: whole(0, reconnectAfterMsMax / 1_000).default(10),
  STOP_DELAY_SECONDS: whole(0, 600).default(0),
  SUBSCRIBE_PER_MINUTE: whole(0, 1_000_000).default(0),
  CONNECTIONS_PER_ADDRESS: whole(0, 1_000_000).default(0),
})

/** The names of all settings of our own. */
export const settingNames: readonly string[] = Object.keys(environment.shape)

/** Reads the environment. Throws ConfigMistakes, naming every mistake at once. An empty value means none. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const result = environment.safeParse(given)
  const mistakes: string[] = result.success
    ? []
    : result.error.issues.map((issue) => {
        const name = issue.path.join('.')
        const namesValue = issue.code === 'custom' && issue.params?.namesValue === true
        return `${name}: ${issue.message}${namesValue ? '' : shown(name, env[name])}`
      })
  mistakes.push(...chainMistakes(given), ...blankMistakes(given), ...proxyMistakes(given))
  if ((given.VAPID_PUBLIC_KEY === undefined) !== (given.VAPID_PRIVATE_KEY === undefined))
    mistakes.push('VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY: give both or neither')
  if (given.LISTEN_DATABASE_URL !== undefined && given.DATABASE_URL === undefined)
    mistakes.push('LISTEN_DATABASE_URL: it is of use only with DATABASE_URL')
  if (!result.success || mistakes.length > 0) throw new ConfigMistakes(mistakes)
  return configOf(result.data)
}

/**
 * White space around a value is never intended: it comes from a file of settings, and would make another folder, key or
 * name.
 */
function blankMistakes(given: Readonly<Record<string, string | undefined>>): string[] {
  return settingNames
    .filter((name) => given[name] !== given[name]?.trim())
    .map((name) => `${name}: there is white space (or a byte-order mark) before or after the value; take it away`)
}

/** A wrong proxy is a mistake at start: with it no push would arrive. */
function proxyMistakes(given: Readonly<Record<string, string | undefined>>): string[] {
  const setting = proxySetting(given)
  if (setting === null || setting.fault === null) return []
  // Here also without a scheme the part before the @ may be a password.
  const value = given[setting.name]?.replace(/^(?!.*:\/\/).*@/s, '…@')
  return [`${setting.name}: ${setting.fault}${shown(setting.name, value)}`]
}

const secrets = new Set([
  ...['VAPID_PRIVATE_KEY', 'SIGNING_KEY', 'ADMIN_KEY', 'METRICS_KEY'],
  ...['DATABASE_URL', 'LISTEN_DATABASE_URL', 'PUSH_SECRET'],
])

/** The value of a setting that is no secret, in brackets, for the end of a line. */
function shown(name: string, value = ''): string {
  if (secrets.has(name)) return ''
  // The part of a URL before its @ may be a password.
  const text = value.replace(/\/\/.*@/s, '//…@')
  return ` (given: ${JSON.stringify(text.slice(0, 80).toWellFormed())})`
}

function configOf(env: z.output<typeof environment>): Config {
  const isPlain = isYes(env.PLAIN)
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL ?? null,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? null,
    listenDatabaseUrl: env.LISTEN_DATABASE_URL ?? null,
    newsroomPath: env.NEWSROOM ?? null,
    exportDir: env.EXPORT_DIR ?? null,
    pushSecret: env.PUSH_SECRET ?? null,
    vapidSubject: env.VAPID_SUBJECT ?? null,
    vapidPublicKey: env.VAPID_PUBLIC_KEY ?? null,
    vapidPrivateKey: env.VAPID_PRIVATE_KEY ?? null,
    signingKey: env.SIGNING_KEY ?? null,
    signingKeyChain: env.SIGNING_KEY_CHAIN ?? null,
    signingKeyLost: env.SIGNING_KEY_LOST ?? null,
    adminKey: env.ADMIN_KEY ?? null,
    processes: env.PROCESSES,
    hungSeconds: env.HUNG_SECONDS,
    heartbeatSeconds: env.HEARTBEAT_SECONDS,
    pageHeartbeatSeconds: env.PAGE_HEARTBEAT_SECONDS,
    ioUring: isYes(env.IO_URING),
    // PLAIN sets the default of those settings that are not set.
    socketWriter: env.SOCKET_WRITER ?? (isPlain ? 'ws' : 'raw'),
    streamWriter: env.STREAM_WRITER ?? (isPlain ? 'node' : 'raw'),
    fastSubscribe: env.FAST_SUBSCRIBE === undefined ? !isPlain : isYes(env.FAST_SUBSCRIBE),
    pushSender: env.PUSH_SENDER ?? (isPlain ? 'web-push' : 'own'),
    pushThreads: env.PUSH_THREADS,
    pushPreparedMax: env.PUSH_PREPARED_MAX,
    pushHosts: env.PUSH_HOSTS,
    pushConnectTo: env.PUSH_CONNECT_TO,
    webhookLocalHosts: env.WEBHOOK_LOCAL_HOSTS,
    websubLocalHosts: env.WEBSUB_LOCAL_HOSTS,
    trustProxy: isYes(env.TRUST_PROXY),
    metricsKey: env.METRICS_KEY ?? null,
    logLevel: env.LOG_LEVEL,
    drainSeconds: env.DRAIN_SECONDS,
    stopDelaySeconds: env.STOP_DELAY_SECONDS,
    subscribePerMinute: env.SUBSCRIBE_PER_MINUTE,
    connectionsPerAddress: env.CONNECTIONS_PER_ADDRESS,
  }
}
