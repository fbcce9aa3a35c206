import { connect } from 'node:tls'

/**
 * Asks once over TLS on a new connection, as a browser that takes HTTP/2 and HTTP/1.1, and leaves it open. `told`: all that has come;
 * `isOver`: whether the other end has closed; `protocol`: the one it chose (ALPN).
 */
export function askOnce(port: string, path: string, headers: readonly string[] = [], method = 'GET') {
  const ALPNProtocols = ['h2', 'http/1.1']
  const socket = connect({ port: Number(port), host: 'localhost', servername: 'localhost', ALPNProtocols })
  let told = ''
  let isOver = false
  socket.setEncoding('utf8')
  socket.on('data', (text) => {
    told += text
  })
  socket.on('end', () => {
    isOver = true
  })
  socket.on('error', (error) => {
    told += `${error}`
  })
  socket.write([`${method} ${path} HTTP/1.1`, `Host: localhost:${port}`, ...headers, '\r\n'].join('\r\n'))
  return { told: () => told, isOver: () => isOver, protocol: () => socket.alpnProtocol, end: () => socket.destroy() }
}
