import { onTwoProcesses } from './harness.ts'
import { interopSuite } from './story.ts'

interopSuite('two processes', onTwoProcesses)
