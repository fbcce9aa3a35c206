import { fileURLToPath } from 'node:url'

/** The service as `npm start` runs it. The tests' `globalSetup` has built it of the sources as they are. */
export const serviceProgram = fileURLToPath(new URL('../../../dist/node/main.js', import.meta.url))
