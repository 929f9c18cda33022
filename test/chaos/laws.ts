import { entriesOf } from './entry.ts'
import type { Entry, EntryOf } from './entry.ts'

/** By what the laws judge. */
export interface Rules {
  readonly probes: number
  readonly probeSuccesses: number
  readonly minimumCalls: number
  readonly failureRatio: number
  /** How many instances must have failed before a fleet opens. */
  readonly quorum: number
  /** Whether somebody forged a state in the server, so that one epoch may have had two for a while. */
  readonly forged: boolean
}

/** Who is led back by so much is led back from a clock that was wrong by days. */
const halfDayMs = 12 * 60 * 60 * 1_000

/** What is wrong with what instances have seen, in the order of time; each in words. */
export function violations(entries: readonly Entry[], rules: Rules): readonly string[] {
  return [
    ...entriesOf(entries, 'odd').map(({ instance, text }) => `S10 ${instance}: ${text}`),
    ...backwards(entries),
    ...(rules.forged ? [] : twofold(entries)),
    ...probedTooOften(entries, rules),
    ...lateButCounted(entries, rules),
    ...groundless(entries, rules),
  ]
}

/** S1: the epochs that one instance applies grow. */
function backwards(entries: readonly Entry[]): readonly string[] {
  const last = new Map<string, number>()
  const found: string[] = []
  for (const { instance, epoch } of entriesOf(entries, 'applied')) {
    const before = last.get(instance) ?? 0
    last.set(instance, epoch)
    if (epoch < before && before - epoch < halfDayMs)
      found.push(`S1 ${instance}: from epoch ${before} back to ${epoch}`)
  }
  return found
}

/** S2: one epoch has one state. What an instance that is alone finds out is its own. */
function twofold(entries: readonly Entry[]): readonly string[] {
  const states = new Map<number, string>()
  const found: string[] = []
  for (const { instance, epoch, state, alone } of entriesOf(entries, 'applied')) {
    if (alone) continue
    const known = states.get(epoch) ?? state
    states.set(epoch, known)
    if (known !== state) found.push(`S2 ${instance}: epoch ${epoch} is ${state}, and was ${known} before`)
  }
  return found
}

/** S3: an epoch has at most N probes, each token is used at most once, and by whom it was granted to. */
function probedTooOften(entries: readonly Entry[], { probes }: Rules): readonly string[] {
  const found: string[] = []
  const owners = new Map<string, string>()
  for (const { instance, epoch, first, tokens } of entriesOf(entries, 'granted'))
    for (let token = first; token < first + tokens; token++) {
      const other = owners.get(`${epoch}:${token}`)
      if (other !== undefined) found.push(`S3 ${epoch}:${token} was granted to ${other} and to ${instance}`)
      owners.set(`${epoch}:${token}`, instance)
    }
  const used = new Set<string>()
  const perEpoch = new Map<number, number>()
  for (const { instance, epoch, probe } of entriesOf(entries, 'probed')) {
    if (probe === 0) continue
    const token = `${epoch}:${probe}`
    if (used.has(token)) found.push(`S3 ${token} was used twice`)
    used.add(token)
    if (owners.get(token) !== instance) found.push(`S3 ${instance} used ${token}, which it was not granted`)
    perEpoch.set(epoch, (perEpoch.get(epoch) ?? 0) + 1)
  }
  for (const [epoch, count] of perEpoch)
    if (count > probes) found.push(`S3 epoch ${epoch} had ${count} probes, and may have ${probes}`)
  return found
}

/** S4: what was said of an epoch that is over is dropped, unless it ended that epoch itself. */
function lateButCounted(entries: readonly Entry[], { probeSuccesses }: Rules): readonly string[] {
  const ofCalls = entriesOf(entries, 'flushed')
    .filter(({ successes, failures }) => successes + failures > 0)
    .filter(({ claimed, reply }) => reply?.dropped === 'none' && reply.epoch !== claimed)
    .filter(({ reply }) => reply?.state !== 'open')
    .map(({ instance, claimed, reply }) => `S4 ${instance}: calls of ${claimed} counted in ${reply?.epoch}`)
  const reported = entriesOf(entries, 'reported')
  const ofProbes = reported
    .filter(
      ({ claimed, reports, reply }) => reports > 0 && reply?.dropped === 'none' && reply.epoch !== claimed,
    )
    .filter(
      ({ claimed, reply }) =>
        reply?.state === 'half-open' || !recovers(reported, claimed, reply, probeSuccesses),
    )
    .map(({ instance, claimed, reply }) => `S4 ${instance}: probes of ${claimed} led to ${reply?.epoch}`)
  return [...ofCalls, ...ofProbes]
}

/** Whether what is closed was closed by enough successes of one epoch. */
function recovers(
  reported: readonly EntryOf<'reported'>[],
  epoch: number,
  reply: EntryOf<'reported'>['reply'],
  probeSuccesses: number,
): boolean {
  if (reply?.state !== 'closed') return true
  const ofEpoch = reported.filter(({ claimed }) => claimed === epoch)
  return ofEpoch.reduce((sum, { succeeded }) => sum + succeeded, 0) >= probeSuccesses
}

/** S6: a fleet opens only where so many calls have failed, in so many instances. */
function groundless(entries: readonly Entry[], rules: Rules): readonly string[] {
  const flushes = entriesOf(entries, 'flushed')
  const found: string[] = []
  for (const { claimed, reply, at, successes, failures: own } of flushes) {
    if (reply?.dropped !== 'none' || reply.state !== 'open' || reply.epoch === claimed) continue
    // Who only says what it knows is told the state, whoever has brought it about; nothing of it could be dropped.
    if (successes + own === 0) continue
    const told = flushes.filter((each) => each.claimed === claimed && each.failures > 0 && each.sentAt <= at)
    const failures = told.reduce((sum, each) => sum + each.failures, 0)
    const instances = new Set(told.map(({ instance }) => instance)).size
    if (failures < rules.failureRatio * rules.minimumCalls || instances < rules.quorum)
      found.push(`S6 ${reply.epoch} opened after ${failures} failures in ${instances} instances`)
  }
  return found
}

/**
 * S7, in a time without faults: once so many instances have told of failures, the flush after which the window satisfies
 * the rule opens the circuit. `quorum`: the most that the rules can ask for.
 */
export function missedTrips(entries: readonly Entry[], rules: Rules, quorum: number): readonly string[] {
  const flushes = entriesOf(entries, 'flushed')
  return flushes.flatMap(({ instance, claimed, reply, failures, sentAt }) => {
    if (reply?.dropped !== 'none' || reply.state !== 'closed' || failures === 0) return []
    const calls = reply.successes + reply.failures
    if (calls < rules.minimumCalls || reply.failures < rules.failureRatio * calls) return []
    const before = flushes.filter((each) => each.claimed === claimed && each.failures > 0 && each.at < sentAt)
    const failing = new Set(
      before.filter((each) => each.reply?.dropped === 'none').map((each) => each.instance),
    )
    return failing.size < quorum ? [] : [`S7 ${instance}: ${reply.failures} of ${calls} failed in ${claimed}`]
  })
}
