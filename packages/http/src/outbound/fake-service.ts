import { PassThrough } from 'node:stream'
import type { Answer, Attempt, OutboundRequest } from './request.ts'

/** How the service treats one attempt: a status with headers, an error, or silence until the attempt is cut short. */
export type Treatment =
  | number
  | readonly [status: number, headers: Readonly<Record<string, string>>]
  | Error
  | 'silent'

/** What a caller gets of an answer. */
export interface FakeResponse {
  readonly status: number
  /** To be ended or destroyed by the test; what is discarded is. */
  readonly body: PassThrough
  discarded: number
}

/** A service that treats each attempt as its script says; the last entry goes for all that follow. */
export class FakeService {
  readonly attempts: Attempt[] = []
  readonly responses: FakeResponse[] = []
  readonly #script: readonly Treatment[]

  constructor(...script: readonly Treatment[]) {
    this.#script = script
  }

  readonly send = async (attempt: Attempt): Promise<Answer<FakeResponse>> => {
    // As clients do that take one.
    void attempt.signal
    const turn = this.attempts.push(attempt) - 1
    const treatment = this.#script[Math.min(turn, this.#script.length - 1)] ?? 200
    if (treatment === 'silent') return untilCut(attempt)
    if (treatment instanceof Error) throw treatment
    const [status, headers] = typeof treatment === 'number' ? [treatment, {}] : treatment
    return this.answer(status, headers)
  }

  answer(status: number, headers: Readonly<Record<string, string>> = {}): Answer<FakeResponse> {
    const body = new PassThrough()
    const response: FakeResponse = { status, body, discarded: 0 }
    this.responses.push(response)
    const discard = (): void => {
      response.discarded++
      body.destroy()
    }
    return { status, header: (name) => headers[name], response, body, discard }
  }

  /** The headers that the attempts set or took off, one after the other. */
  header(name: string): readonly (string | undefined)[] {
    return this.attempts.map(({ headers }) => headers.get(name))
  }
}

function untilCut({ call }: Attempt): Promise<never> {
  return new Promise((_, reject) => {
    call.onCancel(reject)
  })
}

export function requestOf(
  changes: Partial<OutboundRequest> & { readonly headers?: Readonly<Record<string, string>> } = {},
): OutboundRequest {
  const { headers = {}, ...rest } = changes
  return {
    method: 'GET',
    url: 'https://stock.example/items?id=1',
    header: (name) => headers[name.toLowerCase()],
    replayable: true,
    ...rest,
  }
}
