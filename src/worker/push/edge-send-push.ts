import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import { VapidTokens } from '../../push/crypto/vapid-tokens.ts'
import { webSeal } from '../../push/crypto/webcrypto-seal.ts'
import { webSignerOf } from '../../push/crypto/webcrypto-vapid.ts'
import { parseConnectTo } from '../../push/send/connect-to.ts'
import { SendPush } from '../../push/send/send-push.ts'
import { pushHostsOf, textSetting } from '../worker-settings.ts'
import { fetchSend } from './fetch-send.ts'

type World = {
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** Sends pushes by `fetch`, encrypted and signed by Web Crypto. */
export function edgeSendPush(
  { vapidKeys, vapidSubject }: Omit<PushKeys, 'secret'>,
  settings: Readonly<Record<string, unknown>>,
  { now, report }: World,
): SendPush {
  return new SendPush({
    seal: webSeal,
    send: fetchSend({ connectTo: parseConnectTo(textSetting(settings, 'PUSH_CONNECT_TO') ?? '', refuse) }),
    tokens: new VapidTokens(
      webSignerOf(vapidSubject, vapidKeys),
      now,
      vapidKeys.map(({ keyId }) => keyId),
    ),
    hosts: pushHostsOf(settings),
    random: Math.random,
    now,
    report,
  })
}

function refuse(sentence: string): never {
  throw new Error(`PUSH_CONNECT_TO: ${sentence}.`)
}
