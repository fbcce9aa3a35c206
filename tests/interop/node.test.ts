import { onNode } from './harness.ts'
import { interopSuite } from './story.ts'

interopSuite('Node', onNode)
