import { hideIfDiscreet } from './discreet-page.ts'
import { keepLanguageMenu } from './language-menu.ts'

// The script of the readers' pages that need none to be read.
hideIfDiscreet()
keepLanguageMenu()
