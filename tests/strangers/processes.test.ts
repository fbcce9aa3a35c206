import { onTwoProcesses } from './harness.ts'
import { strangersSuite } from './story.ts'

strangersSuite('two processes', onTwoProcesses)
