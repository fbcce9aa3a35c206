import { hideIfDiscreet } from './discreet-page.ts'

// The script of the readers' pages that need none to be read.
hideIfDiscreet()
