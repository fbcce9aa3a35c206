/** What a page can see of its browser without asking anything of the reader. */
export type BrowserFacts = {
  readonly userAgent: string
  /** `navigator.maxTouchPoints`. */
  readonly touchPoints: number
  /** Whether the page was opened from the Home Screen, as an app. */
  readonly isStandalone: boolean
  /** Whether the page came over https, or from this machine. */
  readonly isSecure: boolean
  readonly hasWorkers: boolean
  readonly hasPush: boolean
  readonly hasNotifications: boolean
}

/** Whether the browser can bring notifications here, and if not, which way out there is. */
export type Support = 'able' | 'home-screen' | 'old-iphone' | 'private' | 'unsupported'

/** iOS and iPadOS have push from 16.4 on, for pages on the Home Screen alone. */
const iosMin = 1604

export function supportOf(facts: BrowserFacts): Support {
  const { userAgent, isStandalone, isSecure, hasWorkers, hasPush, hasNotifications } = facts
  if (isSecure && hasWorkers && hasPush && hasNotifications) return 'able'
  if (isApplePhone(facts)) {
    const [, major, minor] = /(?:OS |Version\/)(\d+)[._](\d+)/.exec(userAgent) ?? []
    const isOld = major !== undefined && Number(major) * 100 + Number(minor) < iosMin
    return isOld || isStandalone ? 'old-iphone' : 'home-screen'
  }
  // Firefox has no service workers in private windows; in ordinary ones every version has them that can show this page.
  return isSecure && !hasWorkers && /Firefox\//.test(userAgent) ? 'private' : 'unsupported'
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
export function blockedPart(facts: Pick<BrowserFacts, 'userAgent' | 'touchPoints'>): string {
  if (isApplePhone(facts)) return 'blocked-iphone'
  return `blocked-${ways.find(([pattern]) => pattern.test(facts.userAgent))?.[1] ?? 'other'}`
}

function isApplePhone({ userAgent, touchPoints }: Pick<BrowserFacts, 'userAgent' | 'touchPoints'>): boolean {
  // iPads call themselves Macs, but no Mac has a touch screen.
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)
}
