import * as ws from 'ws'

// ws exports its Sender; its types do not.
const { Sender } = ws as unknown as {
  Sender: { frame(payload: Buffer, options: Readonly<Record<string, unknown>>): Buffer[] }
}

const opcodeText = 1

/**
 * One WebSocket text message (RFC 6455 §5.2) as one buffer of header and payload, encoded once for thousands of
 * sockets. Correct only without compression and fragmented messages, which this server never uses.
 */
export function socketFrame(text: string): Buffer {
  const parts = Sender.frame(Buffer.from(text), {
    fin: true,
    opcode: opcodeText,
    mask: false,
    rsv1: false,
    readOnly: true,
  })
  return Buffer.concat(parts)
}
