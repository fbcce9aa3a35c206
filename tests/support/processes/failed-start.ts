import { execFile } from 'node:child_process'
import { compileCache } from './compile-cache.ts'
import { serviceProgram } from './service-program.ts'

const msMax = 40_000

type Failed = { readonly code: number; readonly lines: readonly string[] }

/** Starts a service that should not start, as another user if asked; gives its exit code and its lines. Throws when it starts. */
export function failedStart(env: Readonly<Record<string, string>>, uid?: number): Promise<Failed> {
  return new Promise((resolve, reject) => {
    const all = {
      PATH: process.env.PATH,
      ...compileCache,
      PORT: '0',
      VAPID_SUBJECT: 'mailto:desk@news.example',
      ...env,
    }
    const how = {
      env: all as NodeJS.ProcessEnv,
      timeout: msMax,
      ...(uid === undefined ? {} : { uid, gid: uid, cwd: '/' }),
    }
    const child = execFile(process.execPath, [serviceProgram], how, (error, stdout, stderr) => {
      if (error === null || error.killed) reject(new Error(`it started: ${stdout}`))
      else resolve({ code: Number(error.code), lines: stderr.trim().split('\n') })
    })
    child.stdin?.end()
  })
}
