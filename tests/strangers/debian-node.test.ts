import { debianSuite } from './debian-suite.ts'
import { onNode } from './harness.ts'

debianSuite('Node', onNode)
