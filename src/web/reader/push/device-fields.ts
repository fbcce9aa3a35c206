import type { DeviceChoices } from '../../shared/device/device-choices.ts'

/** What the form of the device's choices sets. */
export type DeviceFields = Pick<DeviceChoices, 'quietFrom' | 'quietTo' | 'flashPasses' | 'dailyMax'>

const dailyMaxMax = 1_000

/** Reads the form, or names the field that is wrong and the words that say why. Empty fields turn their choice off. */
export function fieldsOf(form: {
  readonly quietFrom: string
  readonly quietTo: string
  readonly flashPasses: boolean
  readonly dailyMax: string
}):
  | DeviceFields
  | { readonly wrong: 'quietFrom' | 'quietTo' | 'dailyMax'; readonly words: 'quietBoth' | 'dailyWrong' } {
  // Some browsers give seconds too.
  const [from, to] = [form.quietFrom.slice(0, 5), form.quietTo.slice(0, 5)]
  if ((from === '') !== (to === '')) return { wrong: from === '' ? 'quietFrom' : 'quietTo', words: 'quietBoth' }
  const daily = form.dailyMax.trim()
  if (daily !== '' && (!/^\d{1,4}$/.test(daily) || Number(daily) > dailyMaxMax))
    return { wrong: 'dailyMax', words: 'dailyWrong' }
  return {
    quietFrom: from === '' ? null : from,
    quietTo: to === '' ? null : to,
    flashPasses: form.flashPasses,
    dailyMax: daily === '' ? null : Number(daily),
  }
}
