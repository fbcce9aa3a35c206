import * as ws from 'ws'

// ws exports its Sender, its types do not (yet).
const { Sender } = ws as unknown as {
  Sender: { frame(payload: Buffer, options: Readonly<Record<string, unknown>>): Buffer[] }
}

const opcodeText = 1

/**
 * One WebSocket text message (RFC 6455 §5.2) as one buffer, header and payload together: made once and written to
 * thousands of sockets as it is. Right only while nothing is compressed and no fragmented message is under way, which
 * this server never does.
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
