import { onWorkers } from './harness.ts'
import { strangersSuite } from './story.ts'

strangersSuite('Workers', onWorkers)
