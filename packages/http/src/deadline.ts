/** Of a request: the value of the header of that name, whatever its case. Nothing where it is not there. */
export type HeaderReader = (name: string) => string | null | undefined

/** The header that says for how many milliseconds the caller goes on waiting, unless another is agreed on. */
export const timeoutHeader = 'holdfast-timeout-ms'

const envoyHeader = 'x-envoy-expected-rq-timeout-ms'
const grpcHeader = 'grpc-timeout'

const wholeNumber = /^\d{1,15}$/
const grpcTimeout = /^(\d{1,8})([HMSmun])$/

const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

/**
 * For how many milliseconds the caller goes on waiting: the least of what the header `name`, `grpc-timeout` and Envoy's
 * `x-envoy-expected-rq-timeout-ms` say. Undefined where none of them says anything; a value that is not written to the
 * letter says nothing. All are relative, so no two clocks need agree. Envoy's 0 means that there is no limit.
 */
export function readRemainingMs(header: HeaderReader, name: string = timeoutHeader): number | undefined {
  const said = [wholeMs(header(name)), grpcMs(header(grpcHeader)), wholeMs(header(envoyHeader)) || undefined]
  const known = said.filter((ms) => ms !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function wholeMs(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && wholeNumber.test(text) ? Number(text) : undefined
}

function grpcMs(text: string | null | undefined): number | undefined {
  const [, amount, unit = ''] = typeof text === 'string' ? (grpcTimeout.exec(text) ?? []) : []
  return amount === undefined ? undefined : Number(amount) * (unitMs[unit] as number)
}

/** What the way there is taken to cost, in milliseconds. */
const allowanceMs = 5

/**
 * What a request says where `remainingMs` are left: whole milliseconds, less 5 for the way, never below 0. Undefined
 * where there is no limit.
 */
export function writeRemainingMs(remainingMs: number): string | undefined {
  if (remainingMs === Infinity) return undefined
  return String(Math.min(999_999_999_999_999, Math.max(0, Math.floor(remainingMs - allowanceMs))))
}
