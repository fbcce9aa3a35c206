import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { textOf } from '../common/message.ts'
import { run, scratch, takeOrders, tell } from '../common/native.ts'
import { nchanModule } from '../common/native-programs.ts'
import { clockMicroseconds } from '../common/words.ts'

// nchan, a module of nginx: one worker, one channel, everything else as it comes. WebSockets at /, event streams at /events.
const port = await freePort()
const folder = scratch()
const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
  (name) => `${name}_temp_path ${join(folder, name)};`,
)
writeFileSync(
  join(folder, 'nginx.conf'),
  `load_module ${nchanModule};
daemon off; master_process off; pid ${join(folder, 'pid')}; error_log ${join(folder, 'errors')};
events { worker_connections 65000; }
http {
  access_log off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = / { nchan_subscriber websocket; nchan_channel_id alerts; nchan_subscriber_first_message newest; }
    location = /events { nchan_subscriber eventsource; nchan_channel_id alerts; nchan_subscriber_first_message newest; }
    location = /publish { nchan_publisher http; nchan_channel_id alerts; nchan_message_buffer_length 1; }
  }
}
`,
)
const child = run('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'errors')])
const address = `http://127.0.0.1:${port}/publish`
while (!(await fetch(address).catch(() => null))) await sleep(20)
takeOrders(child.pid, (seq) => {
  tell({ beganAt: clockMicroseconds() })
  fetch(address, { method: 'POST', body: textOf(seq) }).catch((error: unknown) => tell({ lost: String(error) }))
})
tell({ ready: port })

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port: free } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return free
}
