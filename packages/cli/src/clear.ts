import type { FleetCommand } from './command.ts'
import { find } from './find.ts'
import { reasonFlags, reasonFrom } from './reason.ts'
import { say } from './say.ts'

export const clear: FleetCommand = {
  kind: 'fleet',
  name: 'clear',
  summary: 'takes back what was said of a circuit, in all instances',
  usage: 'NAME --why "…"',
  flags: reasonFlags,
  names: [1, 1, 'NAME'],
  details: 'The circuit goes on by what the instances have come to themselves.',
  plan(given, around) {
    const reason = reasonFrom(given, around)
    const [wanted = ''] = given.names
    return async (place) => {
      const named = await find(place.operator, wanted, 'spoken of')
      await say(place, named, { state: 'none', forMs: 0, ...reason })
    }
  },
}
