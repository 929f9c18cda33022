import type { Planted } from './planted.ts'

const folder = 'packages/simulator/src/picture'
const pages = 'packages/simulator/src/page'
const ticks = `${folder}/ticks.properties.test.ts`
const charts = `${folder}/charts.properties.test.ts`

const page = `${pages}/report-page.test.ts`

/** Faults of charts, and of the page of a report. */
export const plantedInPicture: readonly Planted[] = [
  {
    fault: 'a text ends an attribute',
    file: `${folder}/markup.ts`,
    from: '/[&<>"]/g',
    to: '/[&<>]/g',
    tests: `${folder}/markup.properties.test.ts`,
  },
  {
    fault: 'an axis ends below what it is for',
    file: `${folder}/ticks.ts`,
    from: 'Math.ceil(most / step - tolerance)',
    to: 'Math.floor(most / step - tolerance)',
    tests: ticks,
  },
  {
    fault: 'an axis of powers begins above what it is for',
    file: `${folder}/ticks.ts`,
    from: 'const lowest = Math.floor(',
    to: 'const lowest = Math.ceil(',
    tests: ticks,
  },
  {
    fault: 'an axis of time has a mark after its end',
    file: `${folder}/ticks.ts`,
    from: 'Math.floor(durationMs / step + tolerance)',
    to: 'Math.ceil(durationMs / step + tolerance)',
    tests: ticks,
  },
  {
    fault: 'names of lines stand on each other',
    file: `${folder}/labels.ts`,
    from: 'limit = (places[index] ?? 0) - distance',
    to: 'limit = places[index] ?? 0',
    tests: `${folder}/labels.properties.test.ts`,
  },
  {
    fault: 'a name of something that happened is drawn over the edge',
    file: `${folder}/spans.ts`,
    from: 'Math.min(from, chartWidth - width)',
    to: 'Math.max(from, chartWidth - width + 1)',
    tests: charts,
  },
  {
    fault: 'a moment after the end is drawn outside of the plot',
    file: `${folder}/plane.ts`,
    from: 'Math.min(1, Math.max(0, ms / durationMs))',
    to: 'Math.max(0, ms / durationMs)',
    tests: charts,
  },
  {
    fault: 'steps that are put together lose the longest of them',
    file: `${pages}/steps.ts`,
    from: 'one === null ? other : Math.max(one, other ?? one)',
    to: 'one ?? other',
    tests: `${pages}/steps.properties.test.ts`,
  },
  {
    fault: 'a page may load what it likes',
    file: `${pages}/report-page.ts`,
    from: "default-src 'none'; style-src",
    to: 'style-src',
    tests: page,
  },
  {
    fault: 'of two runs the difference is the other way round',
    file: `${pages}/compared.ts`,
    from: 'difference(one, other, unit)',
    to: 'difference(other, one, unit)',
    tests: page,
  },
  {
    fault: 'of many circuits those that were open for a part of a step count as open for all of it',
    file: `${pages}/state-charts.ts`,
    from: '(steps[at]?.get(state) ?? 0) + share',
    to: '(steps[at]?.get(state) ?? 0) + 1',
    tests: `${pages}/state-charts.test.ts`,
  },
]
