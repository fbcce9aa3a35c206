import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** What the steps of deploy/Dockerfile, and the checks of its image, run. */
const programs = ['/bin/sh', '/bin/ln', '/bin/rm', '/bin/cat', '/bin/ls', '/usr/bin/env', '/usr/bin/install']
/** Name look-ups, which the C library loads only when they are needed. */
const lookups = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'].map(
  (name) => `/lib/x86_64-linux-gnu/${name}`,
)
const authorities = '/etc/ssl/certs/ca-certificates.crt'

/**
 * Fills a folder with a stand-in for Docker's `node` image, where no registry can be reached: this machine's C library,
 * a few of its programs, its npm, the Node of this project, and the user `node` (1000).
 */
export function makeBase(folder: string): void {
  const copy = (path: string, to = path) => {
    mkdirSync(join(folder, dirname(to)), { recursive: true })
    copyFileSync(realpathSync(path), join(folder, to))
  }
  for (const name of [
    'etc',
    'tmp',
    'root',
    'home/node',
    'proc',
    'sys',
    'dev',
    'usr/local/lib/node_modules',
    'usr/local/etc',
  ])
    mkdirSync(join(folder, name), { recursive: true })
  chmodSync(join(folder, 'tmp'), 0o1777)
  chownSync(join(folder, 'home/node'), 1_000, 1_000)
  copy(process.execPath, '/usr/local/bin/node')
  for (const path of [...programs, ...lookups]) copy(path)
  for (const path of new Set([...programs, process.execPath].flatMap(librariesOf))) copy(path)
  cpSync(npmFolder(), join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm'))
  // npm trusts whom this machine trusts.
  copy(authorities)
  writeFileSync(join(folder, 'usr/local/etc/npmrc'), `cafile=${authorities}\n`)
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
}

const told = (file: string, ...args: readonly string[]) => execFileSync(file, args, { encoding: 'utf8' }).trim()
const librariesOf = (path: string) => told('ldd', realpathSync(path)).match(/\/\S+/g) ?? []
const npmFolder = () => dirname(dirname(realpathSync(told('sh', '-c', 'command -v npm'))))
