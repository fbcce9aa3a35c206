import { join } from 'node:path'
import type { ClusterSecrets } from './cluster-folder.ts'
import type { ClusterPorts } from './cluster-plan.ts'
import { databaseUrl } from './processes/cluster-database.ts'
import { frontUrl } from './processes/node-process.ts'

type Cluster = { readonly path: string; readonly ports: ClusterPorts; readonly secrets: ClusterSecrets }

/** One way to break a cluster: what it is, lines to paste into a shell, and what then happens. */
export type Fault = { readonly what: string; readonly lines: readonly string[]; readonly effect: string }

/** How to use a cluster, as lines for the terminal. */
export function usageLines({ path, ports, secrets }: Cluster): readonly string[] {
  const url = frontUrl(ports)
  const metrics = ports.nodes.map((port) => `http://127.0.0.1:${port}/metrics`)
  return [
    'Use it',
    `  readers    ${url}/`,
    `  desk       ${url}/desk   sign in with the admin key: ${secrets.adminKey}`,
    `  metrics    ${metrics.join('  ')}`,
    `  database   ${databaseUrl(secrets.databasePassword, ports.database)}`,
    `  logs       tail -f ${quoted(join(path, 'node*.log'), '*')}`,
    '  and in another terminal, in this folder:',
    ...readerLines(url).map((line) => `    ${line}`),
    `    ${publishLine(url, secrets.adminKey)}`,
    `    curl -s ${metrics[0]} | grep tocsin_subscribers`,
  ]
}

/** Two readers, which go on for ever. */
export function readerLines(url: string): readonly string[] {
  return [`npx tocsin listen --url ${url} --lang en`, `curl -N '${url}/v1/events?languages=en'`]
}

export function publishLine(url: string, adminKey: string): string {
  return `TOCSIN_KEY=${adminKey} npx tocsin publish --url ${url} --yes --level urgent --lang en --headline 'Internet cut in two provinces'`
}

/** How to break a cluster, as lines for the terminal. */
export function breakageLines(cluster: Cluster): readonly string[] {
  const faults = faultsOf(cluster)
  return [
    'Break it: paste a line into another terminal, and see here what happens',
    ...faults.flatMap(({ what, lines, effect }) => [
      '',
      `  ${what}`,
      ...lines.map((line) => `    ${line}`),
      `    → ${effect}`,
    ]),
  ]
}

/** The ways to break a cluster. */
export function faultsOf({ path, ports }: Pick<Cluster, 'path' | 'ports'>): readonly Fault[] {
  const file = (name: string) => quoted(join(path, name))
  const pid = (name: string) => `$(cat ${file(`${name}.pid`)})`
  /** `pkill` passes over a child that has just ended, where `kill` fails. */
  const signalAll = (signal: string) => `kill -${signal} ${pid('postgres')} && pkill -${signal} -P ${pid('postgres')}`
  const one = Math.min(2, ports.nodes.length)
  const last = ports.nodes.length
  return [
    {
      what: `kill node ${one}`,
      lines: [`kill -9 ${pid(`node${one}`)}`],
      effect: 'Its readers reconnect to the other nodes with their cursors and miss nothing. It is started again.',
    },
    {
      what: `stop node ${last} in order and keep it away; let it come back`,
      lines: [`touch ${file(`node${last}.down`)} && kill ${pid(`node${last}`)}`, `rm ${file(`node${last}.down`)}`],
      effect: 'It tells its readers to reconnect, and they go to the others.',
    },
    {
      what: 'freeze the database; let it go on',
      lines: [signalAll('STOP'), signalAll('CONT')],
      effect:
        'Readers stay connected. Publishing gets 503 with Retry-After within 3 s; the same key later gives one alert.',
    },
    {
      what: 'stop the database and keep it away; let it come back',
      lines: [`touch ${file('postgres.down')} && kill -INT ${pid('postgres')}`, `rm ${file('postgres.down')}`],
      effect: 'The same. The publish command tries five times by itself, with the same key.',
    },
    {
      what: 'kill the database',
      lines: [`kill -9 ${pid('postgres')}`],
      effect: 'It recovers what was committed from its log, and is started again.',
    },
    {
      what: 'end the connections on which the nodes listen for wake-ups',
      lines: [
        `${file('sql')} "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'tocsin % listen'"`,
      ],
      effect: 'Each node connects again and reads what it may have missed. Its log says so; here nothing is seen.',
    },
    {
      what: 'kill the front',
      lines: [`kill -9 ${pid('front')}`],
      effect: 'All connections end. It is started again, and readers come back with their cursors.',
    },
  ]
}

/** A path for a POSIX shell, quoted where it has to be; the characters of `open` keep their meaning. */
export function quoted(path: string, open = ''): string {
  const plain = (text: string) => (/^[\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
  return open === '' ? plain(path) : path.split(open).map(plain).join(open)
}
