import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathOf } from '../interop/installed.ts'
import { makeBase } from './base-image.ts'

/** What deploy/Dockerfile begins with. */
const base = 'docker.io/library/node:24-bookworm-slim'

/** Images and containers in a folder of their own, which is removed with them. */
export class Podman {
  readonly #folder: string
  readonly #global: readonly string[]

  constructor(folder: string) {
    this.#folder = folder
    const storage = ['--storage-driver', 'vfs', '--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
    // As in Docker, and where there is no systemd.
    this.#global = [...storage, '--cgroup-manager', 'cgroupfs', '--runtime', pathOf('runc')]
  }

  /** Runs a command of Podman's and gives what it printed. Rejects with what it said when it fails. */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(pathOf('podman'), [...this.#global, ...args], { maxBuffer: 1 << 26 })
    return stdout.trim()
  }

  /** Builds the image of deploy/Dockerfile, on a stand-in for Docker's `node` image. */
  async build(tag: string): Promise<void> {
    const context = join(this.#folder, 'base')
    mkdirSync(context)
    makeBase(context)
    const file = join(this.#folder, 'base.Dockerfile')
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    writeFileSync(file, `FROM scratch\nCOPY . /\nENV PATH=${path}\n`)
    const build = ['build', '--layers=false', '--isolation=chroot', '--format=docker', '--pull=never', '--quiet']
    await this.run(...build, '-t', base, '-f', file, context)
    await this.run(...build, '-t', tag, '-f', 'deploy/Dockerfile', '.')
  }

  /** Ends and removes everything. */
  end(): void {
    spawnSync(pathOf('podman'), [...this.#global, 'rm', '--force', '--all', '--time', '0'])
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
