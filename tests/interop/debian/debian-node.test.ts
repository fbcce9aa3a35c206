import { onNode } from '../harness.ts'
import { debianSuite } from './debian-suite.ts'

debianSuite('Node', onNode)
