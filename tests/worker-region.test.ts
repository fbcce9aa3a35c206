import { expect, test } from 'vitest'
import { regionOf } from '../src/worker/region.ts'

test.each([
  ['Tehran', 'AS', '51.4', 'me'],
  ['Kabul', 'AS', '69.2', 'me'],
  ['Islamabad', 'AS', '73.0', 'me'],
  ['Urumqi', 'AS', '87.6', 'apac'],
  ['Moscow', 'EU', '37.6', 'eeur'],
  ['Budapest', 'EU', '19.0', 'weur'],
  ['Los Angeles', 'NA', '-118.2', 'wnam'],
  ['New York', 'NA', '-74.0', 'enam'],
  ['Lagos', 'AF', '3.4', 'afr'],
  ['Lima', 'SA', '-77.0', 'sam'],
  ['Sydney', 'OC', '151.2', 'oc'],
])('a reader in %s has their hub in the right place', (_, continent, longitude, region) => {
  expect(regionOf({ continent, longitude })).toBe(region)
})

test('nothing known of the place is no fault', () => {
  expect([regionOf(undefined), regionOf({}), regionOf({ continent: 'T1' })]).toEqual(['weur', 'weur', 'weur'])
})
