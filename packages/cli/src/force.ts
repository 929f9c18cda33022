import type { OverrideState } from '@holdfast/core/protocol'
import type { FleetCommand } from './command.ts'
import { parseDuration } from './duration.ts'
import { usageError } from './exit.ts'
import { find } from './find.ts'
import type { Flags, Given } from './flags.ts'
import { reasonFlags, reasonFrom } from './reason.ts'
import { say } from './say.ts'

type Forced = Exclude<OverrideState, 'none'>

const hourMs = 3_600_000
const defaultMs = 15 * 60_000
const longestMs = 24 * hourMs

const forceFlags: Flags = {
  for: { type: 'string', value: 'DURATION', help: 'how long: 90s, 10m, 2h; default 15m, at most 24h' },
  ...reasonFlags,
  unknown: { type: 'boolean', help: 'go on although no instance has registered the name' },
}

const longFlag: Flags = {
  long: { type: 'boolean', help: 'allow more than 1h, although nothing protects what is called meanwhile' },
}

export const open: FleetCommand = command(
  'open',
  'open',
  'forces a circuit open in all instances',
  forceFlags,
)

export const close: FleetCommand = command('close', 'closed', 'forces a circuit closed in all instances', {
  ...forceFlags,
  ...longFlag,
})

export const shadow: FleetCommand = command(
  'shadow',
  'shadow',
  'lets a circuit decide and report in all instances, but refuse nothing',
  forceFlags,
)

function command(name: string, state: Forced, summary: string, flags: Flags): FleetCommand {
  return {
    kind: 'fleet',
    name,
    summary,
    usage: 'NAME --why "…" [--for DURATION]',
    flags,
    names: [1, 1, 'NAME'],
    details: `It ends by itself when the time is over; holdfast clear ends it before. Instances that are connected hear of it
at once, others when they are again, and what callers are refused with has the reason.`,
    plan(given, around) {
      const forMs = durationFrom(given, state)
      const reason = reasonFrom(given, around)
      const [wanted = ''] = given.names
      return async (place) => {
        const named = await find(place.operator, wanted, given.has('unknown') ? 'anything' : 'registered')
        await say(place, named, { state, forMs, ...reason })
      }
    },
  }
}

function durationFrom(given: Given, state: Forced): number {
  const text = given.text('for')
  const ms = text === undefined ? defaultMs : parseDuration(text)
  if (ms === undefined) throw usageError('--for must be a duration such as 90s, 10m or 2h')
  if (ms < 1_000 || ms > longestMs) throw usageError('--for must be from 1s to 24h')
  if (state === 'closed' && ms > hourMs && !given.has('long')) {
    throw usageError(
      '--for must be at most 1h here, since nothing protects what is called',
      '--long allows more',
    )
  }
  return ms
}
