import { createECDH } from 'node:crypto'
import { HeaderDecoder } from '../http2/hpack.ts'
import { FrameReader, FrameWriter, flag, frameType } from '../http2/http2-frames.ts'
import { Http2Uploads } from '../http2/http2-uploads.ts'
import { deriveRecord, recordBytes, sealWith } from '../node-seal.ts'

const bytesOf = (text: string) => Buffer.from(text, 'base64url')

/** The example of RFC 8291 Appendix A. */
const sealed = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  text: 'When I grow up, I want to be a watermelon',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
} as const

/** The first request of RFC 7541 Appendix C.4: a header block with Huffman coding. */
const block = { bytes: '828684418cf1e3c2e5f23a6ba0ab90f4ff', authority: 'www.example.com' } as const

/**
 * Why our own encryption and HTTP/2 may not be used, in a few words. Null: in this Node they reproduce the examples of
 * their RFCs, and a request can be read back as it was written.
 */
export function ownSendingFault(): string | null {
  try {
    return sealFault() ?? headerFault() ?? frameFault()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function sealFault(): string | null {
  const own = createECDH('prime256v1')
  own.setPrivateKey(bytesOf(sealed.privateKey))
  const record = new Uint8Array(recordBytes)
  deriveRecord(sealed, own, bytesOf(sealed.salt), record)
  const body = Buffer.from(sealWith(record, Buffer.from(sealed.text)))
  return body.equals(bytesOf(sealed.body)) ? null : 'the example of RFC 8291 is sealed otherwise'
}

function headerFault(): string | null {
  const fields = new Map<string, string>()
  new HeaderDecoder().decode(Buffer.from(block.bytes, 'hex'), (name, value) => fields.set(name, value))
  return fields.get(':authority') === block.authority ? null : 'the example of RFC 7541 is read otherwise'
}

function frameFault(): string | null {
  const fields = new Map<string, string>()
  const decoder = new HeaderDecoder()
  const bodies: Buffer[] = []
  let hasEnded = false
  const reader = new FrameReader()
  const writer = new FrameWriter((bytes) =>
    reader.read(bytes, ({ type, flags, payload }) => {
      if (type === frameType.headers) decoder.decode(payload, (name, value) => fields.set(name, value))
      if (type === frameType.data) bodies.push(Buffer.from(payload))
      if ((flags & flag.endStream) !== 0) hasEnded = true
    }),
  )
  const body = Buffer.alloc(300, 1)
  new Http2Uploads('push.example', writer).begin(1, '/x', { endpoint: '', headers: { ttl: '60' }, body })
  writer.flush()
  const isSame = fields.get(':path') === '/x' && fields.get('ttl') === '60' && Buffer.concat(bodies).equals(body)
  return isSame && hasEnded ? null : 'a request is not read back as it was written'
}
