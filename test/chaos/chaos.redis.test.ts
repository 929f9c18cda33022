import { seededRandom } from '@holdfast/testing'
import { expect, it } from 'vitest'
import { Fleet } from './fleet.ts'
import { playRound } from './round.ts'
import { lineOf } from './report.ts'
import { circuit, traffic } from './setting.ts'
import { Site } from './site.ts'

const seed = Number(process.env['HOLDFAST_CHAOS_SEED'] ?? Math.floor(Math.random() * 1e9))

it(`a fleet of real processes keeps its laws while things go wrong (HOLDFAST_CHAOS_SEED=${seed})`, async () => {
  console.log(`HOLDFAST_CHAOS_SEED=${seed}`)
  const random = seededRandom(seed)
  await using site = await Site.start()
  await using fleet = await Fleet.start({
    processes: 2,
    instances: 8,
    store: (_process, place) => ({ url: site.urlOf(place) }),
    circuit,
    traffic,
  })
  for (let round = 1; round <= 2; round++) {
    const played = await playRound({ site, fleet, random })
    console.log(lineOf(`${seed}/${round}`, played))
    expect(played.violations).toEqual([])
  }
}, 60_000)
