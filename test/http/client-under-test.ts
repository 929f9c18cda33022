/** What every law holds a client to, in milliseconds on the loop's clock, which is to be the client's. */
export interface Limits {
  readonly attempts: number
  readonly attemptMs: number
  readonly totalMs: number
}

export const limits: Limits = { attempts: 3, attemptMs: 400, totalMs: 3_000 }

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  /** Pieces are a body that can be read once. */
  readonly body?: string | AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

export interface Answered {
  readonly status: number
  text(): Promise<string>
}

/** What is asked of a client, whatever it looks like to its users. */
export interface ClientUnderTest {
  ask(url: string, asked: Asked): Promise<Answered>
  /** Whether `error` says that there was no answer in time. */
  isTimeout(error: unknown): boolean
  /** Closes the connections that it keeps. */
  close(): Promise<void>
}

export interface ClientKind {
  readonly name: string
  /** Whether an attempt lasts until the body has been read, so that a failure of the body can be tried again. */
  readonly readsBody: boolean
  readonly followsRedirects: boolean
  /** A client without a past, that keeps to the limits and waits at most a few milliseconds between attempts. */
  make(limits: Limits): ClientUnderTest
}
