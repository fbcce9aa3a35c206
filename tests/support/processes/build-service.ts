import { buildService } from '../../../src/node/build.ts'

/** Before any test: what is started is what the sources say now. */
export async function setup(): Promise<void> {
  await buildService()
}
