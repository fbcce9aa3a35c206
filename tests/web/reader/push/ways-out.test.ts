import { expect, test } from 'vitest'
import { type Browser, blockedPart, unableParts } from '../../../../src/web/reader/push/ways-out.ts'

const agents = {
  iphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1',
  oldIphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 16_3_1 like Mac OS X) AppleWebKit/605.1.15 Version/16.3 Mobile/15E148 Safari/604.1',
  chromeOnIphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 CriOS/128.0 Mobile/15E148 Safari/604.1',
  mac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.4 Safari/605.1.15',
  android: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36',
  samsung:
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  opera: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36 OPR/85.0',
  edge: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
  edgeOnAndroid: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36 EdgA/138.0',
  chrome: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  firefoxOnAndroid: 'Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
  unknown: 'Lynx/2.9',
}
const browser = (name: keyof typeof agents, more: Partial<Browser> = {}): Browser => ({
  ...{ userAgent: agents[name], maxTouchPoints: 0 },
  ...more,
})

test.each<[keyof typeof agents, string]>([
  ['iphone', 'blocked-iphone'],
  ['chromeOnIphone', 'blocked-iphone'],
  ['mac', 'blocked-safari'],
  ['android', 'blocked-chrome-android'],
  ['samsung', 'blocked-samsung'],
  ['opera', 'blocked-other'],
  ['edge', 'blocked-edge'],
  ['edgeOnAndroid', 'blocked-chrome-android'],
  ['chrome', 'blocked-chrome'],
  ['firefox', 'blocked-firefox'],
  ['firefoxOnAndroid', 'blocked-firefox-android'],
  ['unknown', 'blocked-other'],
])('how to allow notifications again on %s is told by %s', (name, part) => {
  expect(blockedPart(browser(name))).toBe(part)
})

test.each<[string, Browser, boolean, readonly string[]]>([
  ['an iPhone that is not installed', browser('iphone'), false, ['home-screen', 'old-iphone']],
  ['Chrome on an iPhone', browser('chromeOnIphone'), false, ['home-screen', 'old-iphone']],
  ['an installed page on an iPhone without push', browser('iphone'), true, ['old-iphone']],
  ['an iPhone that is too old', browser('oldIphone'), false, ['old-iphone']],
  ['an iPad that calls itself a Mac', browser('mac', { maxTouchPoints: 5 }), false, ['home-screen', 'old-iphone']],
  ['a Mac', browser('mac'), false, ['unsupported']],
  ['a private window of Firefox', browser('firefox'), false, ['private', 'unsupported']],
  ['a window that refuses workers', browser('chrome', { serviceWorker: {} }), false, ['private', 'unsupported']],
  ['an old browser', browser('unknown'), false, ['unsupported']],
])('%s has its own way out', (_, facts, isStandalone, parts) => {
  expect(unableParts(facts, isStandalone)).toEqual(parts)
  expect(blockedPart({ ...facts, userAgent: agents.iphone })).toBe('blocked-iphone')
})
