import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import { pathOf } from '../interop/installed.ts'
import { makeCertificate } from '../support/push/certificate.ts'

/** Debian's proxy with its file from deploy/, in front of a service, at https://localhost. */
export type ShippedProxy = {
  /** The ports for HTTPS and for plain HTTP. */
  readonly port: string
  readonly plainPort: string
  /** The certificate of whoever signed the proxy's own, in PEM. */
  readonly authority: () => string
  /** Reads the configuration again, as after a renewed certificate. */
  readonly reload: () => Promise<unknown>
  /** Everything it has written so far: standard output, standard error and log files. */
  readonly logged: () => string
  readonly end: () => Promise<void>
}

export type ProxyName = 'nginx' | 'haproxy' | 'caddy'
export type Ports = {
  readonly https: string
  readonly http: string
  readonly admin: string
  /** Those of the nodes: with several, the file is the one in deploy/cluster. */
  readonly nodes: readonly string[]
}

type Kind = {
  readonly file: string
  /** What stands in the file, and what it is replaced by: names, ports, paths, and times shortened like the heartbeat. */
  readonly replaced: (ports: Ports, folder: string) => readonly (readonly [string, string])[]
  readonly args: (folder: string, file: string) => readonly string[]
  readonly env: (ports: Ports, folder: string) => Readonly<Record<string, string>>
  readonly authority: (folder: string) => string
  /** What is served on by the old configuration after a reload, but cut when its time is over. */
  readonly cutByReload: readonly ('socket' | 'events')[]
  readonly hasHttp2Sockets: boolean
  readonly endSignal: NodeJS.Signals
  readonly reload: (child: ChildProcess, file: string, env: NodeJS.ProcessEnv) => Promise<unknown>
}

const isCluster = ({ nodes }: Ports) => nodes.length > 1
/** Where the files say that the nodes are, each with where it is here. */
const nodePairs = (ports: Ports) =>
  ports.nodes.map((port, at) => [`127.0.0.1:${3_000 + (isCluster(ports) ? at + 1 : 0)}`, `127.0.0.1:${port}`] as const)

/** How much shorter heartbeats and time-outs of idle streams are in these tests: 25 s and 100 s are 2 s and 8 s. */
export const shortened = 12.5
export const heartbeatSecondsShipped = 25
/** How long a proxy waits for a stream that is silent. */
export const idleSeconds = 100 / shortened
const idle = `${idleSeconds}s`

export const kinds: Readonly<Record<ProxyName, Kind>> = {
  nginx: {
    file: 'nginx.conf',
    replaced: (ports, folder) => [
      ['alerts.example', 'localhost'],
      ['/run/nginx.pid', `${folder}/nginx.pid`],
      ['/var/log/nginx/', `${folder}/`],
      ['/var/lib/nginx/', `${folder}/`],
      ['/etc/letsencrypt/live/localhost/fullchain.pem', `${folder}/cert.pem`],
      ['/etc/letsencrypt/live/localhost/privkey.pem', `${folder}/key.pem`],
      ['listen 80;', `listen 127.0.0.1:${ports.http};`],
      ['listen [::]:80;', `listen [::1]:${ports.http};`],
      ['listen 443 ', `listen 127.0.0.1:${ports.https} `],
      ['listen [::]:443 ', `listen [::1]:${ports.https} `],
      ...nodePairs(ports),
      ['100s', idle],
      // Modules that are not used here make their folders too, where only root may.
      [
        'http {\n',
        `http {\n${['fastcgi', 'uwsgi', 'scgi'].map((it) => `${it}_temp_path ${folder}/${it};\n`).join('')}`,
      ],
    ],
    args: (folder, file) => ['-p', folder, '-c', file, '-g', 'daemon off;'],
    env: () => ({}),
    authority: certificateOf,
    cutByReload: ['socket', 'events'],
    hasHttp2Sockets: false,
    endSignal: 'SIGTERM',
    reload: async (child) => child.kill('SIGHUP'),
  },
  haproxy: {
    file: 'haproxy.cfg',
    replaced: (ports, folder) => [
      ['/etc/haproxy/certs/alerts.example.pem', `${folder}/both.pem`],
      ['bind :80,[::]:80', `bind 127.0.0.1:${ports.http},[::1]:${ports.http}`],
      ['bind :443,[::]:443', `bind 127.0.0.1:${ports.https},[::1]:${ports.https}`],
      ...nodePairs(ports),
      ['100s', idle],
      ...(process.getuid?.() === 0 ? [] : ([['  user haproxy\n  group haproxy\n', '']] as const)),
    ],
    args: (_, file) => ['-W', '-f', file],
    env: () => ({}),
    authority: certificateOf,
    cutByReload: ['socket', 'events'],
    hasHttp2Sockets: true,
    endSignal: 'SIGTERM',
    reload: async (child) => child.kill('SIGUSR2'),
  },
  caddy: {
    file: 'Caddyfile',
    replaced: ({ https, http, admin }) => [
      ['admin localhost:2019', `admin localhost:${admin}`],
      ['http_port 80', `http_port ${http}`],
      ['https_port 443', `https_port ${https}`],
    ],
    args: (_, file) => ['run', '--adapter', 'caddyfile', '--config', file],
    env: ({ nodes }, folder) => ({
      TOCSIN_HOST: 'localhost',
      [nodes.length > 1 ? 'TOCSIN_NODES' : 'TOCSIN_UPSTREAM']: nodes.map((port) => `127.0.0.1:${port}`).join(' '),
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    }),
    // For the name localhost Caddy makes a certificate by an authority of its own.
    authority: (folder) => readFileSync(join(folder, 'caddy/pki/authorities/local/root.crt'), 'utf8'),
    // Open event streams stay with the old configuration until they end.
    cutByReload: ['socket'],
    hasHttp2Sockets: false,
    // It is one process, which on SIGTERM would wait for its streams.
    endSignal: 'SIGKILL',
    reload: (_, file, env) =>
      promisify(execFile)(pathOf('caddy'), ['reload', '--force', '--adapter', 'caddyfile', '--config', file], { env }),
  },
}

function certificateOf(folder: string): string {
  return readFileSync(join(folder, 'cert.pem'), 'utf8')
}

/** The text of a file of deploy/. */
export const shippedFile = (name: string) => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')

/** The file as it is shipped, with what must differ here. Throws where something that is replaced is not there. */
export function filled(name: ProxyName, ports: Ports, folder: string): string {
  const { file, replaced } = kinds[name]
  const path = isCluster(ports) ? `cluster/${file}` : file
  return replaced(ports, folder).reduce((text, [shipped, here]) => {
    if (!text.includes(shipped)) throw new Error(`deploy/${path} does not say ${JSON.stringify(shipped)}`)
    return text.replaceAll(shipped, here)
  }, shippedFile(path))
}

/** Starts the proxy and waits until it listens. `changed`: what an operator makes of the file. */
export async function startShipped(
  name: ProxyName,
  folder: string,
  ports: Ports,
  changed = (text: string) => text,
): Promise<ShippedProxy> {
  const { file, args, env, authority, reload } = kinds[name]
  mkdirSync(folder, { recursive: true })
  const { cert, key } = makeCertificate(['localhost'])
  for (const [path, text] of Object.entries({ 'cert.pem': cert, 'key.pem': key, 'both.pem': cert + key }))
    writeFileSync(join(folder, path), text)
  const path = join(folder, file)
  writeFileSync(path, changed(filled(name, ports, folder)))
  const environment = { ...process.env, HOME: folder, ...env(ports, folder) }
  const child = spawn(pathOf(name), args(folder, path), { cwd: folder, env: environment })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  await vi.waitFor(
    async () => {
      const redirect = await fetch(`http://localhost:${ports.http}/`, { redirect: 'manual' }).catch(() => null)
      if (redirect === null) throw new Error(`${name} does not answer: ${said}`)
      authority(folder)
    },
    { timeout: 20_000, interval: 50 },
  )
  const logFiles = () => readdirSync(folder).filter((it) => it.endsWith('.log'))
  return {
    port: ports.https,
    plainPort: ports.http,
    authority: () => authority(folder),
    reload: () => reload(child, path, environment),
    logged: () => [said, ...logFiles().map((it) => readFileSync(join(folder, it), 'utf8'))].join('\n'),
    end: () => ended(child, kinds[name].endSignal),
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
