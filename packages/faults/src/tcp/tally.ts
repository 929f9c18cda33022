interface Waiting {
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Counts the bytes of one direction over all connections. */
export class Tally {
  received = 0
  forwarded = 0
  #waiting: readonly Waiting[] = []
  #stopped = false

  receive(bytes: number): void {
    this.received += bytes
    const reached = this.#waiting.filter((each) => each.bytes <= this.received)
    if (reached.length === 0) return
    this.#waiting = this.#waiting.filter((each) => each.bytes > this.received)
    for (const { resolve } of reached) resolve()
  }

  /** Resolves once so many bytes have been received in all. */
  async until(bytes: number): Promise<void> {
    if (bytes <= this.received) return
    if (this.#stopped) throw this.#missing(bytes)
    await new Promise<void>((resolve, reject) => {
      this.#waiting = [...this.#waiting, { bytes, resolve, reject }]
    })
  }

  /** Nothing more will come. */
  stop(): void {
    this.#stopped = true
    for (const { bytes, reject } of this.#waiting) reject(this.#missing(bytes))
    this.#waiting = []
  }

  #missing(bytes: number): Error {
    return new Error(`the proxy has stopped after ${this.received} of ${bytes} bytes`)
  }
}
