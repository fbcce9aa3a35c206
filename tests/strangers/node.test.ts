import { onNode } from './harness.ts'
import { strangersSuite } from './story.ts'

strangersSuite('Node', onNode)
