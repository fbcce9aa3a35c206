import { expect, test } from 'vitest'
import { regionOf } from '../../src/worker/region.ts'

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
  ['a place on the border of western America', 'NA', '-100', 'wnam'],
  ['a place east of it', 'NA', '-99.99', 'enam'],
  ['a place on the border of eastern Europe', 'EU', '20', 'eeur'],
  ['a place west of it', 'EU', '19.99', 'weur'],
  ['a place where the Middle East begins', 'AS', '25', 'me'],
  ['a place west of it, in Asia all the same', 'AS', '24.99', 'apac'],
  ['a place at its eastern end', 'AS', '74.99', 'me'],
  ['a place on its eastern border', 'AS', '75', 'apac'],
])('a reader in %s has their hub in the right place', (_, continent, longitude, region) => {
  expect(regionOf({ continent, longitude })).toBe(region)
})

test('nothing known of the place is no fault', () => {
  expect([regionOf(undefined), regionOf({}), regionOf({ continent: 'T1' })]).toEqual(['weur', 'weur', 'weur'])
})
