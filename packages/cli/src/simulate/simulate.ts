import type { LocalCommand } from '../command.ts'
import { usageError } from '../exit.ts'
import type { Flags } from '../flags.ts'
import { settingsFrom } from './settings.ts'

const flags: Flags = {
  set: {
    type: 'string',
    multiple: true,
    value: 'PATH=VALUE',
    help: 'put a value into FILE; may be repeated',
  },
  seed: { type: 'string', value: 'NUMBER', help: 'instead of the seed that the scenario has' },
  compare: { type: 'string', value: 'FILE', help: 'play this too, as it is, and show both' },
  real: { type: 'boolean', help: 'play it with real processes too, in real time, and show both' },
  html: { type: 'string', value: 'OUT', help: 'write a page with charts and tables to this file' },
}

export const simulate: LocalCommand = {
  kind: 'local',
  name: 'simulate',
  summary: 'plays a scenario in virtual time, and shows what callers would have seen',
  usage: 'FILE [--set PATH=VALUE] [--compare FILE] [--html OUT]',
  flags,
  names: [1, 1, 'FILE'],
  details: `FILE is a scenario in JSON, the name of one that comes with the program, such as down or retry-storm, or - for what is
piped in. PATH is such as clients.web.pipeline[1].attempts, and VALUE is JSON, or text where it is none. Of two runs A is
that of FILE, and B what it is compared with.`,
  plan(given) {
    if (given.has('compare') && given.has('real')) {
      throw usageError('--compare and --real exclude each other', '--real compares with real processes')
    }
    const [file = ''] = given.names
    const wanted = {
      file,
      compared: given.text('compare'),
      isReal: given.has('real'),
      html: given.text('html'),
      ...settingsFrom(given),
    }
    return async (place) => {
      // No other command needs the simulator, which takes time to load.
      const { playScenario } = await import('./play-scenario.ts')
      await playScenario(wanted, place)
    }
  },
}
