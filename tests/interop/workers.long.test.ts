import { onWorkers } from './harness.ts'
import { interopSuite } from './story.ts'

interopSuite('Workers', onWorkers)
