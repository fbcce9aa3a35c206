import { parse } from 'yaml'
import { z } from 'zod'
import { shippedFile } from './shipped-proxy.ts'

const service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  expose: z.array(z.string()).optional(),
  stop_grace_period: z.string(),
  read_only: z.boolean(),
  tmpfs: z.array(z.string()),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  mem_limit: z.string(),
  pids_limit: z.int(),
})
const one = z.object({ services: z.object({ tocsin: service, proxy: service }) })
const database = service.extend({ command: z.string(), healthcheck: z.object({ test: z.array(z.string()) }) })
const cluster = z.object({
  services: z.object({
    'tocsin-1': service,
    'tocsin-2': service,
    'tocsin-3': service,
    postgres: database,
    proxy: service,
  }),
})

/** deploy/compose.yaml, with the variables filled in as Compose does. */
export function composed(variables: Readonly<Record<string, string>>): z.output<typeof one> {
  return one.parse(filledIn('compose.yaml', variables))
}

/** deploy/cluster/compose.yaml, in the same way. */
export function composedCluster(variables: Readonly<Record<string, string>>): z.output<typeof cluster> {
  return cluster.parse(filledIn('cluster/compose.yaml', variables))
}

function filledIn(name: string, variables: Readonly<Record<string, string>>): unknown {
  return parse(shippedFile(name).replaceAll(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_, variable) => variables[variable] ?? ''))
}

/** What the image sets, by the ENV lines of deploy/Dockerfile. */
export function dockerfileEnvironment(): Readonly<Record<string, string>> {
  const lines = [...shippedFile('Dockerfile').matchAll(/^ENV (.*)$/gm)].map(([, line = '']) => line)
  return Object.fromEntries(lines.flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])))
}
