import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'

const answerMsMax = 2_000
const bodyCharsMax = 100

/**
 * Whether a node that is ready answers at the public address. This one is not, so it is another one. Each time on a new
 * connection: a load balancer chooses a node for each.
 */
export function readyElsewhere(publicUrl: string): Promise<boolean> {
  const url = new URL('/readyz', publicUrl)
  const ask = url.protocol === 'https:' ? requestSecure : requestPlain
  return new Promise((resolve) => {
    const asked = ask(url, { agent: false, signal: AbortSignal.timeout(answerMsMax) }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        body += text
        if (body.length > bodyCharsMax) asked.destroy()
      })
      answer.on('error', () => resolve(false))
      // A page of a proxy that is sent with 200 is no answer of a node.
      answer.on('end', () => resolve(answer.statusCode === 200 && /^\{"status":"ready"\}\s*$/.test(body)))
    })
    asked.on('error', () => resolve(false))
    asked.on('close', () => resolve(false))
    asked.end()
  })
}
