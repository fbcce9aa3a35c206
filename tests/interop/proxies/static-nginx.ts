import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { freePort } from '../../support/processes/service.ts'
import { isInstalled, pathOf } from '../installed.ts'

const config = (root: string, port: string, gzip: boolean) => `user root; daemon off; worker_processes 1; pid nginx.pid;
error_log stderr; events {}
http { access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;
scgi_temp_path tmp; gzip ${gzip ? 'on' : 'off'}; gzip_types text/plain; default_type text/plain;
add_header Access-Control-Allow-Origin *;
server { listen 127.0.0.1:${port}; root ${root}; } }
`

/** Debian's nginx with plain files, as mirrors have them. Gives its port, null where it is not installed. */
export async function startStaticNginx(
  folder: string,
  files: Readonly<Record<string, string>>,
  gzip: boolean,
  clean: (undo: () => unknown) => void,
): Promise<number | null> {
  if (!isInstalled('nginx')) return null
  const port = await freePort()
  const root = join(folder, 'files')
  mkdirSync(root)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content)
  writeFileSync(join(folder, 'nginx.conf'), config(root, port, gzip))
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
  const child = spawn(pathOf('nginx'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  clean(async () => {
    if (child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  })
  const ready = async () => {
    const answered = await fetch(`http://127.0.0.1:${port}/`).catch(() => null)
    if (answered === null) throw new Error(`nginx does not answer: ${said}`)
  }
  await vi.waitFor(ready, { timeout: 20_000, interval: 50 })
  return Number(port)
}
