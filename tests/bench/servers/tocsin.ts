import { serveTocsin } from './tocsin-house.ts'

// As it runs where io_uring is to be had.
await serveTocsin(true)
