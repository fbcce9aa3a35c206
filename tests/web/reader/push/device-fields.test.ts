import { expect, test } from 'vitest'
import { fieldsOf } from '../../../../src/web/reader/push/device-fields.ts'
import { deviceChoicesOf } from '../../../../src/web/shared/device/device-choices.ts'

const form = { quietFrom: '', quietTo: '', flashPasses: true, dailyMax: '' }
const none = { quietFrom: null, quietTo: null, flashPasses: true, dailyMax: null }

test.each([
  [{}, none],
  [
    { quietFrom: '22:30', quietTo: '07:00' },
    { ...none, quietFrom: '22:30', quietTo: '07:00' },
  ],
  [
    { quietFrom: '22:30:00', quietTo: '07:00:00' },
    { ...none, quietFrom: '22:30', quietTo: '07:00' },
  ],
  [
    { flashPasses: false, dailyMax: '0' },
    { ...none, flashPasses: false, dailyMax: 0 },
  ],
  [{ dailyMax: ' 12 ' }, { ...none, dailyMax: 12 }],
  [{ dailyMax: '1000' }, { ...none, dailyMax: 1_000 }],
])('the form %j gives %j, and is kept as such', (more, fields) => {
  expect(fieldsOf({ ...form, ...more })).toEqual(fields)
  expect(deviceChoicesOf(fields)).toMatchObject(fields)
})

test.each([
  [{ quietFrom: '22:30' }, 'quietTo', 'quietBoth'],
  [{ quietTo: '07:00' }, 'quietFrom', 'quietBoth'],
  [{ dailyMax: '1.5' }, 'dailyMax', 'dailyWrong'],
  [{ dailyMax: '-1' }, 'dailyMax', 'dailyWrong'],
  [{ dailyMax: '1001' }, 'dailyMax', 'dailyWrong'],
  [{ dailyMax: '?' }, 'dailyMax', 'dailyWrong'],
])('the form %j is wrong in %s', (more, wrong, words) => {
  expect(fieldsOf({ ...form, ...more })).toEqual({ wrong, words })
})
