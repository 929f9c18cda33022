import { deadService } from '../experiments/dead-service.ts'
import { fleetTroubles } from '../experiments/fleet-troubles.ts'
import { goodOfOthers, hotKey } from '../experiments/hot-key.ts'
import { limiters } from '../experiments/limiters.ts'
import { partialOutage } from '../experiments/partial-outage.ts'
import { retryCollapse } from '../experiments/retry-collapse.ts'
import { slowAnswers } from '../experiments/slow-answers.ts'
import { slowServer } from '../experiments/slow-server.ts'
import { switchOver } from '../experiments/switch-over.ts'
import { compared, entryOf, stepsOf } from './entry.ts'
import type { Entry, Row } from './entry.ts'

/** Fifty instances of the peers are each alone. */
function fleet(label: string, pipeline: string): Row {
  const alone = `${pipeline}, each instance alone`
  return {
    label,
    cells: [
      { setting: `${pipeline}, one instance with all calls` },
      { setting: alone },
      { setting: `${pipeline}, shared` },
      { setting: alone, peer: 'cockatiel' },
      { setting: alone, peer: 'opossum' },
    ],
  }
}

function trouble(name: string): Row {
  return { label: name, cells: [{ setting: `standard preset, shared, ${name}` }] }
}

const presets = fleet('preset', 'standard preset')

/** In the order of the page. */
export const entries: readonly Entry[] = [
  entryOf(retryCollapse, {
    title: 'Retries that keep an outage alive',
    text: 'Retries are load. Where calls and retries together are more than the service can answer, nothing changes when the dip is over: with three attempts and nothing else it never recovers. An attempt may take 500 ms here, as in the published experiment, and a call of several attempts 1.65 s.',
    rows: [
      compared('', 'no policy but a timeout', 'standard preset'),
      compared('ten instances', 'no policy but a timeout', 'standard preset, ten instances'),
    ],
  }),
  entryOf(partialOutage, {
    title: 'A service that fails a part of its calls',
    text: 'Holdfast answers more than no policy here, since it tries again what failed. From half on, its breaker refuses in proportion, so that it keeps the answers that there are; one that opens at half, as those of the peers, throws most of them away. The price is that a service of which six or seven in ten answers fail gets more calls.',
    rows: ['10 % fail', '20 % fail', '50 % fail', '70 % fail', '100 % fail'].map((failing) =>
      compared(failing, `no policy, ${failing}`, `standard preset, ${failing}`),
    ),
    pictured: compared('', 'no policy, 50 % fail', 'standard preset, 50 % fail'),
  }),
  entryOf(limiters, {
    title: 'A limit at the door',
    text: 'A [bulkhead](policies/bulkhead.md) with a limit that finds itself, beside two that are fixed. Those of cockatiel and opossum are fixed. With 8 workers left, the right limit is another one.',
    columns: ['no limit', 'fixed at 20', 'fixed at 40', 'adaptive'],
    rows: [
      'exponential, 700 a second',
      'exponential, 1400 a second',
      'even, 1400 a second',
      'heavy-tailed, 1400 a second',
      'exponential, 700 a second, 8 workers left',
    ].map((situation) => ({
      label: situation,
      cells: ['no limit', 'fixed at 20', 'fixed at 40', 'adaptive'].map((limit) => ({
        setting: `${limit}, ${situation}`,
      })),
    })),
    picture: false,
  }),
  entryOf(slowServer, {
    title: 'One slow server of eleven',
    text: 'Holdfast is the standard preset with [endpoints](policies/endpoints.md), and an attempt may take 1 s. Neither cockatiel nor opossum chooses servers; their calls, and those without a policy, go to each server in turn. Their one bulkhead is eleven times as wide as ours, which is one for each server.',
    rows: [compared('', 'no policy but a timeout', 'standard preset with endpoints')],
  }),
  entryOf(slowAnswers, {
    title: 'Slow answers by chance',
    text: 'Holdfast is the standard preset with a [hedge](policies/hedge.md) as it is by default. The peers have none.',
    rows: [
      {
        label: '',
        cells: [{ setting: 'no policy' }, { setting: 'standard preset with a hedge' }, undefined, undefined],
      },
    ],
    picture: {
      title: '99th percentile of each second',
      unit: 'ms',
      scale: 'logarithmic',
      series: ({ report }) => stepsOf(report).map(({ p99Ms }) => p99Ms),
    },
  }),
  entryOf(deadService, {
    title: 'A dead service, and fifty instances that call it',
    text: 'The goal compares the shared column with the first. Circuits of the peers tell nobody when they open, so of those only all attempts of an outage are known, probes included. The whole preset misses the goal that the breaker meets: each instance has retries in reserve that no success has to pay for, and fifty instances have fifty times as many.',
    columns: ['one instance', 'fifty alone', 'fifty, shared', 'cockatiel', 'opossum'],
    rows: [fleet('breaker', 'breaker'), presets],
    seeds: [1],
    pictured: presets,
    picture: {
      title: 'Attempts sent by calls that began in each second',
      unit: 'count',
      series: ({ report }) => stepsOf(report).map(({ attempts }) => attempts),
    },
  }),
  entryOf(fleetTroubles, {
    title: 'What goes wrong with the fleet itself',
    text: 'All instances have the standard preset, shared. The peers share nothing, so nothing of this can happen to them.',
    columns: ['Holdfast, shared'],
    rows: ['one sick instance', 'store gone', 'store stalls', 'store emptied'].map(trouble),
    seeds: [1],
    picture: false,
  }),
  entryOf(switchOver, {
    title: 'A primary that dies, and two standbys',
    text: 'Holdfast is the standard preset with [endpoints](policies/endpoints.md), and an attempt may take 500 ms. With cockatiel and opossum every endpoint has a breaker, and its fallback calls the next: there each call tries all that are left, whatever that costs, so none fails here. Ours asks its retry budget first, and a few calls fail while the primary is not yet known to be dead.',
    rows: [
      compared('refuses', 'no policy but a timeout, refuses', 'standard preset with endpoints, refuses'),
      compared('hangs', 'no policy but a timeout, hangs', 'standard preset with endpoints, hangs'),
    ],
  }),
  entryOf(hotKey, {
    title: 'A key that everybody wants',
    text: 'The standard preset alone does harm here, and so do the peers: calls for the hot key wait in the one bulkhead, and nothing is left for the others. A [hot key limit](policies/hot-key-limit.md) sees to that. Of four instances each has to find the key by itself, in a quarter of the calls; until then some calls for other keys of its partition fail, and the goal is missed.',
    columns: ['no policy', 'preset', 'preset and limit', 'both, four instances', 'cockatiel', 'opossum'],
    rows: [
      {
        label: '',
        cells: [
          { setting: 'no policy' },
          { setting: 'standard preset' },
          { setting: 'standard preset with a hot key limit' },
          { setting: 'standard preset with a hot key limit, four instances' },
          { setting: 'standard preset', peer: 'cockatiel' },
          { setting: 'standard preset', peer: 'opossum' },
        ],
      },
    ],
    picture: {
      title: 'Calls for other keys answered, of those that began in each second',
      unit: 'ratio',
      series: goodOfOthers,
    },
  }),
]
