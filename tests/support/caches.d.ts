/** Of the browsers' cache storage what our scripts use; Node has none, a test puts its own there. */
declare const caches: {
  has(name: string): Promise<boolean>
  open(name: string): Promise<{
    put(address: string, answer: Response): Promise<void>
    match(address: string): Promise<Response | undefined>
    delete(address: string): Promise<boolean>
  }>
}
