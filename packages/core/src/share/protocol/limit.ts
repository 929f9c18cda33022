import type { Step } from './step.ts'

/** What the server holds of a rate limit: the twin of the key `g`. Times are microseconds of the server's clock. */
export interface LimitRecord {
  /** The theoretical arrival time, a whole number. */
  readonly arrival: number
  readonly expiresAt: number
}

export const emptyLimit: LimitRecord = { arrival: 0, expiresAt: 0 }

/** Pays for cells that were let through on credit, and takes more. */
export interface LimitRequest {
  readonly type: 'limit'
  readonly id: string
  /** How many cells would be taken at most. Need not be whole: calls may weigh half a cell. */
  readonly wanted: number
  /** Fewer cells than this are of no use, so none is taken then. At most `wanted`; above 0 where `wanted` is. */
  readonly least: number
  /** Cells let through already: they are charged whether or not they conform, as far as the limit remembers. */
  readonly debt: number
  /** Between two cells at the steady rate, in microseconds; need not be whole. */
  readonly intervalUs: number
  /** How far the arrival may lie ahead, in whole microseconds: the burst, as time. Debt may bring it twice as far. */
  readonly toleranceUs: number
}

export interface LimitReply {
  readonly type: 'limit'
  /** All that was wanted, or a whole number of cells, or `least`, or 0. */
  readonly granted: number
  /** Milliseconds until `least` cells conform, rounded up; 0 if something was granted. */
  readonly retryAfterMs: number
}

/** The generic cell rate algorithm over one number, in whole microseconds, rounded against whoever asks. */
export function limit(
  found: LimitRecord,
  request: LimitRequest,
  nowUs: number,
): Step<LimitRecord, LimitReply> {
  const { debt, intervalUs, toleranceUs } = request
  const begin = Math.max(found.arrival, nowUs)
  // Further ahead is what cannot be paid back, or what a clock has left that stepped back.
  const owed = Math.min(begin + cost(debt, intervalUs), nowUs + 2 * toleranceUs)
  const room = nowUs + toleranceUs - owed
  const granted = conforming(request, room)
  const arrival = owed + cost(granted, intervalUs)
  const missing = granted > 0 ? 0 : Math.max(0, cost(request.least, intervalUs) - room)
  const reply: LimitReply = { type: 'limit', granted, retryAfterMs: Math.ceil(missing / 1_000) }
  // What lies behind is as good as nothing.
  if (arrival <= nowUs || arrival === found.arrival) return { record: found, reply }
  const keepMs = Math.ceil((arrival - nowUs) / 1_000) + 1_000
  return { record: { arrival, expiresAt: nowUs + 1_000 * keepMs }, reply }
}

/** An interval is a rounded number: as many of them as make a whole number of microseconds shall cost no more. */
const nearlyOne: number = 1 - 1e-15

function cost(cells: number, intervalUs: number): number {
  return Math.ceil(cells * intervalUs * nearlyOne)
}

function conforming({ wanted, least, intervalUs }: LimitRequest, room: number): number {
  const fits = (cells: number): boolean => cost(cells, intervalUs) <= room
  if (fits(wanted)) return wanted
  if (!fits(least)) return 0
  const whole = Math.floor(room / intervalUs)
  return Math.max(least, fits(whole + 1) ? whole + 1 : whole)
}
