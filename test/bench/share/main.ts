import { parseArgs } from 'node:util'
import { redisServer } from '../../servers/index.ts'
import { admission } from './admission.ts'
import { commands } from './commands.ts'
import { load } from './load.ts'
import { scripts } from './scripts.ts'

/**
 * What sharing costs, on a real Redis of its own: an admission with Redis well, slow and silent; commands for a thousand calls;
 * the processor time of a script; and what a thousand instances do to one Redis.
 */
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' } },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})

const benches = { admission, commands, scripts, load }

for (const [name, bench] of Object.entries(benches)) {
  if (!name.includes(values.only)) continue
  await using server = await redisServer()
  for (const line of await bench(server)) console.log(line)
}
process.exit()
