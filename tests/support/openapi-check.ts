import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

type Content = Readonly<Record<string, object>>
type Described = {
  readonly responses: Readonly<
    Record<
      string,
      { readonly $ref?: string; readonly content?: Content; readonly headers?: Readonly<Record<string, object>> }
    >
  >
}
export type OpenApi = { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> }

const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')

/** Holds answers against a description: gives what is wrong with one, or nothing. */
export function describedBy(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi.json')
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    parameters: path.split('{').length,
  }))
  const pathOf = (pathname: string) =>
    paths.filter(({ pattern }) => pattern.test(pathname)).sort((a, b) => a.parameters - b.parameters)[0]?.path

  function faultAt(pointer: string, value: unknown): string[] {
    const validate = ajv.getSchema(`openapi.json#${pointer}`) ?? ajv.compile({ $ref: `openapi.json#${pointer}` })
    if (validate(value)) return []
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message} (${pointer})`)
  }

  return {
    faultAt,
    /** What is wrong with an answer; it is not read here. */
    faults(method: string, pathname: string, answer: Response, body: string): string[] {
      const where = `${method} ${pathname.slice(0, 80)} → ${answer.status}`
      const type = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? ''
      const path = pathOf(pathname)
      const operation =
        path === undefined ? undefined : document.paths[path]?.[method === 'HEAD' ? 'get' : method.toLowerCase()]
      if (operation === undefined || method === 'OPTIONS') {
        if (type !== 'application/problem+json') return []
        return faultAt('/components/schemas/Problem', JSON.parse(body)).map((it) => `${where}: ${it}`)
      }
      const response = operation.responses[answer.status]
      if (response === undefined) return [`${where}: the status is not described`]
      const pointer =
        response.$ref?.slice(1) ??
        `/paths/${escaped(path ?? '')}/${method === 'HEAD' ? 'get' : method.toLowerCase()}/responses/${answer.status}`
      const told = response.$ref === undefined ? response : at(document, pointer)
      const headers = Object.keys(told.headers ?? {}).flatMap((name) => {
        const value = answer.headers.get(name)
        if (value === null) return []
        const given = name === 'Retry-After' ? Number(value) : value
        return faultAt(`${pointer}/headers/${escaped(name)}/schema`, given)
      })
      return [...headers, ...bodyFaults(told.content, pointer, type, method, body)].map((it) => `${where}: ${it}`)
    },
  }

  function bodyFaults(content: Content | undefined, pointer: string, type: string, method: string, body: string) {
    if (content === undefined) return body === '' ? [] : ['no body is described']
    if (content[type] === undefined) return [`the type ${type} is not described`]
    if (method === 'HEAD' || !/json$/.test(type)) return []
    return faultAt(`${pointer}/content/${escaped(type)}/schema`, JSON.parse(body))
  }
}

function at(document: object, pointer: string): Described['responses'][string] {
  const parts = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return parts.reduce((value, part) => (value as Record<string, object>)[part] ?? {}, document)
}

/**
 * From now on every answer that `fetch` brings from a service is held against the description that the service itself
 * gives. Gives the way back, which throws with all that was wrong.
 */
export async function watchAnswers(url: string): Promise<() => void> {
  const fetchPlain = globalThis.fetch
  const { faults } = describedBy((await (await fetchPlain(`${url}/openapi.json`)).json()) as OpenApi)
  const found = new Set<string>()
  let looked = 0
  globalThis.fetch = async (input, init) => {
    const answer = await fetchPlain(input, init)
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input)
    if (origin !== url) return answer
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const type = answer.headers.get('content-type') ?? ''
    const isStream = type.startsWith('text/event-stream')
    const copy = isStream ? '' : await answer.clone().text()
    looked += 1
    for (const fault of faults(method, pathname, answer, copy)) found.add(fault)
    return answer
  }
  return () => {
    globalThis.fetch = fetchPlain
    if (looked === 0) throw new Error('No answer was looked at.')
    if (found.size > 0) throw new Error(`Not as described:\n${[...found].join('\n')}`)
  }
}
