import { serveTocsin } from './tocsin-hub.ts'

// As it runs where io_uring is to be had.
await serveTocsin(true)
