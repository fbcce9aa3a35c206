import type { DeadLetter, Webhook } from '../../../desk/webhooks/webhook.ts'
import { paint, type Shell, untrustedText } from '../../shell.ts'

const colours = { active: 'green', paused: 'yellow', ended: 'red' } as const

/** A webhook in lines: its state, name and address; what it is told of; how its newest attempt ended. */
export function webhookLines(
  { id, name, url, events, audience, state, last }: Webhook,
  shell: Shell,
): readonly string[] {
  const tried = last === null ? 'not tried yet' : `${last.outcome} at ${last.at}: ${untrustedText(shell, last.detail)}`
  return [
    `${paint(shell, colours[state], state)}  ${untrustedText(shell, name)}  ${untrustedText(shell, url)}`,
    `  ${id} · ${events.join(', ')}${audience === 'public' ? '' : ` · audience ${audience}`}`,
    paint(shell, 'dim', `  ${tried}`),
  ]
}

export function deadLetterLine({ id, event, at, attempts, detail, webhookId }: DeadLetter, shell: Shell): string {
  return `${id}  ${event}  ${at}  ${attempts} tries, ${untrustedText(shell, detail)}  ${paint(shell, 'dim', webhookId)}`
}
