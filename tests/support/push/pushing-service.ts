import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Running, startNode } from '../processes/service.ts'
import { type PushService, serviceHosts } from './push-service.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Starts the real service (or a file around it) in a process of its own, sending its pushes to the tests' push service. */
export async function startPushing(
  dataDir: string,
  service: PushService,
  env: Record<string, string> = {},
  file?: string,
): Promise<Running> {
  if (!existsSync(join(root, 'public/assets/service-worker.js')))
    execFileSync(process.execPath, ['src/web/build.ts'], { cwd: root })
  const ca = join(dataDir, 'push-service.pem')
  writeFileSync(ca, service.certificate.cert)
  const settings = {
    NODE_EXTRA_CA_CERTS: ca,
    PUSH_CONNECT_TO: serviceHosts.map((host) => `${host}=127.0.0.1:${service.port}`).join(','),
    ...env,
  }
  return startNode(dataDir, settings, file)
}
