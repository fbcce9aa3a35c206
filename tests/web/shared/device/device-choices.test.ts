import 'fake-indexeddb/auto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { putStored } from '../../../../src/web/shared/browser-storage.ts'
import {
  deviceChoicesOf,
  readDeviceChoices,
  writeDeviceChoices,
} from '../../../../src/web/shared/device/device-choices.ts'

const usual = {
  quietFrom: null,
  quietTo: null,
  flashPasses: true,
  dailyMax: null,
  discreet: false,
  discreetTitle: '',
}
const chosen = {
  quietFrom: '22:30',
  quietTo: '07:00',
  flashPasses: false,
  dailyMax: 0,
  discreet: true,
  discreetTitle: 'یک مورد تازه',
}

test.each([
  ['nothing', undefined, usual],
  ['null', null, usual],
  ['a text', 'x', usual],
  ['one time of two', { quietFrom: '22:00' }, usual],
  ['no time of day', { quietFrom: '22:00', quietTo: '24:00' }, usual],
  ['times without zeros', { quietFrom: '9:00', quietTo: '10:00' }, usual],
  ['half an alert', { dailyMax: 1.5 }, usual],
  ['fewer than none', { dailyMax: -1 }, usual],
  ['a word for a number', { dailyMax: '5', discreet: 'yes', discreetTitle: 7, flashPasses: 'no' }, usual],
  ['all of it', { ...chosen, unknown: 1 }, chosen],
])('%s is read as choices', (_, stored, choices) => expect(deviceChoicesOf(stored)).toEqual(choices))

test('anything that was stored gives choices that are read again as themselves', () => {
  fc.assert(
    fc.property(fc.anything(), (stored) => {
      const choices = deviceChoicesOf(stored)
      expect(Object.keys(choices)).toEqual(Object.keys(usual))
      expect(deviceChoicesOf(choices)).toEqual(choices)
    }),
  )
})

test('choices that are written are read, and are the usual ones before', async () => {
  expect(await readDeviceChoices()).toEqual(usual)
  await writeDeviceChoices(chosen)
  expect(await readDeviceChoices()).toEqual(chosen)
  await putStored('device-choices', 'damaged')
  expect(await readDeviceChoices()).toEqual(usual)
})
