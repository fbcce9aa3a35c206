import { type AddressInfo, createServer } from 'node:net'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import type { BurnOrder } from '../push/subscribe-report.ts'

// A server that does nothing for a request but use the CPU time that the service uses, in its main thread and in
// another: what a quiet neighbour suffers from it is contention alone.

const lookMs = 5
const answer = `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${`x-filler: ${'x'.repeat(100)}\r\n`.repeat(6)}\r\n{}`

/** Uses this thread until its CPU time is this much more than it was. */
function burnUntil(cpuMicros: number): void {
  for (;;) {
    const { user, system } = process.threadCpuUsage()
    if (user + system >= cpuMicros) return
  }
}

const cpuNow = (): number => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

if (isMainThread) serve()
else {
  const [answered, micros] = workerData as [Int32Array, Float64Array]
  let burnt = cpuNow()
  let seen = 0
  setInterval(() => {
    const count = Atomics.load(answered, 0)
    burnt += (count - seen) * (micros[1] ?? 0)
    seen = count
    burnUntil(burnt)
  }, lookMs)
}

function serve(): void {
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const micros = new Float64Array(new SharedArrayBuffer(16))
  new Worker(new URL(import.meta.url), { workerData: [answered, micros] })
  let burnt = cpuNow()
  const server = createServer({ noDelay: true }, (socket) => {
    let heard = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      const head = heard.indexOf('\r\n\r\n')
      if (head === -1 || heard.length < head + 4 + Number(/content-length: (\d+)/i.exec(heard)?.[1])) return
      heard = ''
      burnt += micros[0] ?? 0
      burnUntil(burnt)
      Atomics.add(answered, 0, 1)
      socket.write(answer)
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    process.send?.({ url: `http://127.0.0.1:${port}/` })
  })
  process.on('message', ({ mainMicros, otherMicros }: BurnOrder) => {
    micros.set([mainMicros, otherMicros])
    burnt = cpuNow()
    process.send?.({ burning: true })
  })
  process.on('disconnect', () => process.exit(0))
}
