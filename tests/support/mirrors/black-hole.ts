import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileWithoutRules } from '../newsroom/newsroom-without-rules.ts'
import { tcpProxy } from '../postgres/tcp-proxy.ts'
import { freePort } from '../processes/service.ts'
import { type cleaning, scratchFolder } from '../scratch.ts'

/**
 * Where a service will be found that can become a black hole: connections to `origin` are made then, and nothing comes of them. `env`:
 * the service's settings. `newsroom`: writes a newsroom's file, with what a test gives. `lost`: a path of which every request is lost.
 * `requested`: the paths and queries that were asked for (GET), in their order.
 */
export async function blackHole(clean: ReturnType<typeof cleaning>, lost?: string) {
  const PORT = await freePort()
  let isAway = false
  const requests: string[] = []
  const proxy = await tcpProxy(Number(PORT), clean, {
    accepts: () => true,
    pass(piece) {
      const [, target] = /^GET (\S+) HTTP/.exec(piece.toString('latin1')) ?? []
      if (target !== undefined) requests.push(target)
      return isAway || (lost !== undefined && piece.includes(`GET ${lost} `)) ? null : piece
    },
    passesEnd: () => !isAway,
  })
  const origin = `http://127.0.0.1:${proxy.port}`
  const { rules } = JSON.parse(readFileSync(fileWithoutRules(), 'utf8'))
  return {
    origin,
    env: { PORT, PUBLIC_URL: origin },
    requested: (): readonly string[] => requests,
    newsroom(more: object) {
      const path = join(scratchFolder(clean), 'newsroom.json')
      writeFileSync(path, JSON.stringify({ name: 'Radio', languages: [{ tag: 'fa' }, { tag: 'en' }], rules, ...more }))
      return path
    },
    begin() {
      isAway = true
    },
    /** Connections that hang are ended, as networks do in the end. */
    end() {
      isAway = false
      proxy.cut()
    },
  }
}
