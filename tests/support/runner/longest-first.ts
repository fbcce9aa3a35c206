import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** These start whole services, Workers or browsers, and take longest; a fresh clone has no durations to go by. */
const long = /\/(flows|browser|interop|deploy)\/|\/(push-room|worker-push|client-package|caches|queries)\.test\.ts$/

/** Begins with the files that take longest, so that no core is left with one of them at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
