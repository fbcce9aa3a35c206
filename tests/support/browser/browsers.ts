import { accessSync, constants } from 'node:fs'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { expect } from 'vitest'

const places = {
  firefox: ['/usr/bin/firefox-esr', '/usr/bin/firefox'],
  chromium: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
} as const
const rootArgs = ['--no-sandbox', '--disable-dev-shm-usage']

/**
 * Where a browser is on this machine. Without one, a test is skipped with a line that says so; with CI=true that is a
 * failure, because nothing else proves what the test proves.
 */
export function browserPath(name: keyof typeof places, skip: (note: string) => never): string {
  const found = places[name].find(isThere)
  if (found !== undefined) return found
  const note = `${name} is not installed (looked at ${places[name].join(', ')})`
  if (process.env.CI === 'true') expect.fail(note)
  return skip(note)
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A Firefox whose push service is the tests' own and that never asks whether notifications may be shown. `prefs`: more of its preferences. `acceptInsecureCerts`: certificates are not checked. */
export async function launchFirefox(
  executablePath: string,
  pushServerUrl: string,
  prefs: Readonly<Record<string, unknown>> = {},
  acceptInsecureCerts = false,
): Promise<Browser> {
  return launch({
    browser: 'firefox',
    acceptInsecureCerts,
    executablePath,
    headless: true,
    // The windows of its notifications are read and clicked (`desktop-notifications.ts`).
    args: ['--remote-allow-system-access'],
    extraPrefsFirefox: {
      'dom.push.serverURL': pushServerUrl,
      'dom.push.testing.allowInsecureServerURL': true,
      'dom.push.enabled': true,
      'dom.push.connection.enabled': true,
      'alerts.useSystemBackend': false,
      'permissions.default.desktop-notification': 1,
      ...prefs,
    },
  })
}

/** A Chromium that may run as root, as on a build machine. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  return launch({ executablePath, headless: true, args: rootArgs })
}

/**
 * A Chromium that uses the tests' push service, with a profile of its own: push needs one that is not private. `pipe`: by a
 * pipe in the place of a socket, without which it installs no page (CDP's domain `PWA`).
 */
export async function launchPushedChromium(
  executablePath: string,
  profile: string,
  flags: readonly string[],
  pipe = false,
): Promise<Browser> {
  return launch({
    executablePath,
    headless: true,
    pipe,
    userDataDir: profile,
    // Checking in with the push service is background networking.
    ignoreDefaultArgs: ['--disable-background-networking'],
    args: [...rootArgs, ...flags],
  })
}

/**
 * What goes wrong in a page from now on. Not what Firefox says of requests that the test ended itself: a script that was still
 * on its way when the page was left, a service that is away.
 */
export function errorsOf(page: Page): readonly unknown[] {
  const errors: unknown[] = []
  page.on('pageerror', (error) => {
    if (!/error loading dynamically imported module|establish a connection/.test(String(error))) errors.push(error)
  })
  return errors
}
