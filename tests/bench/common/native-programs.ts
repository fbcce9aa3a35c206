import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

// Programs that take part where they are installed.

const runs = (program: string, ...args: string[]) => spawnSync(program, args).status === 0

/** Whether C can be compiled here. */
export const hasCompiler = runs('gcc', '--version')

/** Bun's program, where it is installed (or named in BUN); null elsewhere. */
export const bunProgram =
  [process.env.BUN, 'bun'].find((program) => program !== undefined && runs(program, '--version')) ?? null

/** Where Debian puts nginx's module (libnginx-mod-nchan); or named in NCHAN. */
export const nchanModule = process.env.NCHAN ?? '/usr/lib/nginx/modules/ngx_nchan_module.so'

/** Why a contender cannot take part here; absent: it can. */
export const absent: ReadonlyMap<string, string> = new Map(
  [
    ['floor-c', hasCompiler ? null : 'there is no gcc'],
    ['nchan-events', runs('nginx', '-v') && existsSync(nchanModule) ? null : 'there is no nginx with its module nchan'],
    ['nchan', runs('nginx', '-v') && existsSync(nchanModule) ? null : 'there is no nginx with its module nchan'],
    ['bun-publish', bunProgram === null ? 'there is no bun (its path may be given in BUN)' : null],
  ].filter((pair): pair is [string, string] => pair[1] !== null),
)
