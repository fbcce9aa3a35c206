import { withSuffixes } from '../push/services.ts'

/** A variable or secret as text; null when it is not set or empty. */
export function textSetting(settings: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = settings[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** A whole number of at least 1 (or another least); the usual one when it is not set. Throws an Error that says what is wanted. */
export function numberSetting(
  settings: Readonly<Record<string, unknown>>,
  name: string,
  usual: number,
  least = 1,
): number {
  const text = textSetting(settings, name)
  if (text === null) return usual
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`${name} is a whole number of at least ${least}, not ${text}.`)
  return value
}

/** A comma-separated list; empty when it is not set. */
export function listSetting(settings: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return (textSetting(settings, name) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The hosts that push endpoints may have: the known services' and those below PUSH_HOSTS. */
export function pushHostsOf(settings: Readonly<Record<string, unknown>>): readonly string[] {
  return withSuffixes(listSetting(settings, 'PUSH_HOSTS').map((host) => host.toLowerCase()))
}
