import { expect, test } from 'vitest'
import { originFormOf } from '../../../src/node/server/request-check.ts'
import { createHttpServer, listen } from '../../../src/node/server/server.ts'
import { cleaning } from '../../support/scratch.ts'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'

const clean = cleaning()

/** What the app is asked, as a service sees it. */
async function askedBy(text: string) {
  const server = createHttpServer(async (request) => {
    const body = await request.text()
    return Response.json({ url: request.url, host: request.headers.get('host'), body })
  })
  clean(() => server.close())
  const peer = await peerAt(await listen(server, '127.0.0.1', 0), text)
  clean(() => peer.socket.destroy())
  await expect.poll(() => answersIn(peer.said()).answers.filter(({ status }) => status !== 100).length).toBe(1)
  const { answers } = answersIn(peer.said())
  return { statuses: answers.map(({ status }) => status), said: JSON.parse(answers.at(-1)?.body ?? 'null') }
}

const close = 'Connection: close'

test.each([
  ['/a?b=c', 'x:81', 'http://x:81/a?b=c', 'x:81'],
  ['http://other.example/a?b=c', 'x:81', 'http://other.example/a?b=c', 'other.example'],
  ['HTTP://Other.example:82/a', 'x:81', 'http://other.example:82/a', 'Other.example:82'],
  ['https://other.example/a', 'x:81', 'http://other.example/a', 'other.example'],
  ['http://other.example', 'x:81', 'http://other.example/', 'other.example'],
  ['http://other.example?b=c', 'x:81', 'http://other.example/?b=c', 'other.example'],
  ['//other.example/a', 'x:81', 'http://x:81//other.example/a', 'x:81'],
  ['/http://other.example/a', 'x:81', 'http://x:81/http://other.example/a', 'x:81'],
])('the target %s with the Host %s is %s at %s', async (target, host, url, asked) => {
  const { said } = await askedBy(requestText(target, [`Host: ${host}`, close]))
  expect([said.url, said.host]).toEqual([url, asked])
})

test.each([
  ['http://u:p@x/a', 400, 'malformed-target'],
  ['http://u@x/a', 400, 'malformed-target'],
  ['http:///a', 400, 'malformed-target'],
  ['ftp://x/a', 400, 'malformed-target'],
  ['*', 400, 'malformed-target'],
])('the target %s is refused', async (target, status, code) => {
  const { statuses, said } = await askedBy(requestText(target, ['Host: x', close]))
  expect([statuses, said.code]).toEqual([[status], code])
})

test.each(['localhost:99999', '999.999.999.999', '1.2.3.4.5', '[:::]', 'a b', ':80'])(
  'the host %s is refused, in the header and in the target',
  async (host) => {
    const refused = [[400], 'malformed-target']
    const inHeader = await askedBy(requestText('/a', [`Host: ${host}`, close]))
    expect([inHeader.statuses, inHeader.said.code]).toEqual(refused)
    const inTarget = await askedBy(requestText(`http://${host}/a`, ['Host: x', close]))
    expect(inTarget.statuses).toEqual([400])
  },
)

const posted = (lines: readonly string[], body: string, version = '1.1') =>
  requestText('/a', ['Host: x', close, ...lines], { method: 'POST', body, version })
const chunked = '2\r\n{}\r\n0\r\n\r\n'

test.each([
  [['Transfer-Encoding: chunked'], '1.1', 200, undefined],
  [['Transfer-Encoding: CHUNKED'], '1.1', 200, undefined],
  [['Transfer-Encoding: gzip, chunked'], '1.1', 501, 'transfer-coding'],
  [['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'], '1.1', 501, 'transfer-coding'],
  [['Transfer-Encoding: gzip'], '1.1', 400, 'transfer-coding'],
  [['Transfer-Encoding: chunked'], '1.0', 400, 'transfer-coding'],
])('a body with %j in HTTP/%s is answered %i', async (lines, version, status, code) => {
  const { statuses, said } = await askedBy(posted(lines, chunked, version))
  expect([statuses, said.code, said.body]).toEqual([[status], code, code === undefined ? '{}' : undefined])
})

test.each([
  [['Content-Length: 2'], '1.1', [200]],
  [['Content-Length: 2', 'Expect: 100-continue'], '1.1', [100, 200]],
  [['Content-Length: 2', 'Expect: 100-CONTINUE'], '1.1', [100, 200]],
  [['Content-Length: 2', 'Expect: 100-continue'], '1.0', [200]],
  [['Content-Length: 2', 'Expect: 100-continue', 'Host: y'], '1.1', [400]],
  [['Content-Length: 2', 'Expect: 100-continue, x'], '1.1', [417]],
  [['Content-Length: 2', 'Expect: x'], '1.0', [200]],
])('a body behind %j in HTTP/%s is answered %j', async (lines, version, statuses) => {
  expect((await askedBy(posted(lines, '{}', version))).statuses).toEqual(statuses)
})

test('a path is what is left of a target without its host', () => {
  expect(['/a', 'http://x', 'http://x/a', 'http://x?b', 'http://u@x/a'].map(originFormOf)).toEqual([
    ...['/a', '/', '/a', '/?b', '/http://u@x/a'],
  ])
})
