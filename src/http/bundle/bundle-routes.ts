import * as z from 'zod'
import { languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { toBase64url } from '../../domain/parsing/base64url.ts'
import { Problem } from '../../domain/problem.ts'
import { bundleLimits } from '../../signing/bundle-format.ts'
import type { App } from '../app-env.ts'
import { conditionalRequests } from '../conditional-requests.ts'
import { bundleAnswer, unchanged } from '../openapi/response-schemas.ts'
import type { Operation } from '../operation.ts'
import { route } from '../route.ts'
import { partOf, type WholeAnswer } from './byte-range.ts'
import { type BundleDeps, makeBundle } from './make-bundle.ts'
import { refuseOtherVersion } from './other-version.ts'

const freshSeconds = 5

const text = (description: string) => ({ description, schema: z.string() })
const tag = { ETag: text('Identifies this version; send it as If-Range to go on with a download') }

const readBundle: Operation = {
  id: 'readBundle',
  summary: 'The newest entries of one language with all that verifies them, in one file that anybody may pass on',
  description: `At most ${bundleLimits.entriesMax} entries and ${bundleLimits.bytesMax} bytes. A download that was cut off goes on with Range and If-Range.`,
  tag: 'Reading',
  isOpenToAll: true,
  cache: 'public',
  headers: {
    'If-Match': text('The ETag of the version that alone is wanted: of another it is 412'),
    'If-None-Match': text('The ETag of the version that the client has'),
    Range: text('One range of bytes, of the file without a content coding'),
    'If-Range': text('The ETag of the version of which the client has a part: of another version it gets all (200)'),
  },
  answers: {
    200: { description: 'The bundle', schema: bundleAnswer, headers: tag },
    206: {
      description: 'The part of it that Range names',
      type: 'application/json',
      schema: z.string(),
      headers: { ...tag, 'Content-Range': text('Which bytes, of how many') },
    },
    304: unchanged,
  },
  problems: [404, 412, 416, 503],
}

/** `GET /v1/bundle/{lang}`. */
export function bundleRoutes(app: App, deps: BundleDeps): void {
  route(app, 'get', '/v1/bundle/:lang', readBundle, conditionalRequests(deps.now), async (c) => {
    const language = languageOf(deps.newsroom, c.req.param('lang'))
    if (language === undefined) throw unknownLanguage(c.req.param('lang'), deps.newsroom)
    const whole = await wholeBundle(deps, language.tag)
    refuseOtherVersion(whole.headers.etag, c.req.header('if-match'))
    const { method } = c.req
    const asked = { method, range: c.req.header('range'), 'if-range': c.req.header('if-range') }
    const { status, headers, body } = partOf(whole, asked)
    return new Response(Uint8Array.from(body), { status, headers })
  })
}

async function wholeBundle(deps: BundleDeps, language: string): Promise<WholeAnswer> {
  const body = await makeBundle(deps, language)
  const headers = {
    'content-type': 'application/json',
    'cache-control': `public, max-age=${freshSeconds}`,
    'accept-ranges': 'bytes',
    etag: `"${toBase64url(deps.signer.sha256(body))}"`,
  }
  return { status: 200, headers, body }
}

function unknownLanguage(tag: string, newsroom: Newsroom): Problem {
  const known = newsroom.languages.map((it) => it.tag).join(', ')
  return new Problem(
    404,
    'no-such-bundle',
    `There is no bundle in ${JSON.stringify(tag.slice(0, 60))}. Ask for /v1/bundle/{language} with one of: ${known}.`,
  )
}
