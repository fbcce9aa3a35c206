/** What a page can see of its browser without asking anything of the reader: `navigator` has it. */
export type Browser = { readonly userAgent: string; readonly maxTouchPoints: number; readonly serviceWorker?: unknown }

/** iOS and iPadOS have push from 16.4 on, for pages on the Home Screen alone. */
const iosMin = 1604

/** Which parts of the help page are the way out of a browser that cannot show notifications here. */
export function unableParts(browser: Browser, isStandalone: boolean): readonly string[] {
  const { userAgent, serviceWorker } = browser
  if (isApplePhone(browser)) {
    const [, major, minor] = /(?:OS |Version\/)(\d+)[._](\d+)/.exec(userAgent) ?? []
    const isOld = major !== undefined && Number(major) * 100 + Number(minor) < iosMin
    return isOld || isStandalone ? ['old-iphone'] : ['home-screen', 'old-iphone']
  }
  // Firefox has no service workers in private windows, or refuses to register one.
  return /Firefox\//.test(userAgent) || serviceWorker ? ['private', 'unsupported'] : ['unsupported']
}

const ways: readonly (readonly [RegExp, string])[] = [
  [/SamsungBrowser/, 'samsung'],
  // They look like Chrome and have menus of their own.
  [/OPR\/|YaBrowser|Vivaldi|UCBrowser/, 'other'],
  [/Edg\//, 'edge'],
  [/Android.*Firefox\//, 'firefox-android'],
  [/Firefox\//, 'firefox'],
  [/Android.*(?:Chrome|EdgA)\//, 'chrome-android'],
  [/Chrome\//, 'chrome'],
  [/Safari\//, 'safari'],
]

/** Which part of the help page says how this browser allows notifications again. */
export function blockedPart(browser: Browser): string {
  if (isApplePhone(browser)) return 'blocked-iphone'
  return `blocked-${ways.find(([pattern]) => pattern.test(browser.userAgent))?.[1] ?? 'other'}`
}

function isApplePhone({ userAgent, maxTouchPoints }: Browser): boolean {
  // iPads call themselves Macs, but no Mac has a touch screen.
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)
}
