import { startNode } from '../processes/service.ts'
import { type cleaning, scratchFolder } from '../scratch.ts'
import { browserPath, errorsOf, launchChromium } from './browsers.ts'

type Clean = ReturnType<typeof cleaning>

/** A Chromium at the pages of a service of its own, with the errors that they raise. */
export async function openPages(clean: Clean, skip: (note: string) => never) {
  const executable = browserPath('chromium', skip)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors = errorsOf(page)
  return { url: service.url, page, errors }
}
