import { Markup } from './markup.ts'

/** Told apart by those who do not see colours well, and against the ground at 3 to 1 and more (Okabe and Ito, shifted). */
const light = ['#0b62a8', '#b4470b', '#08775a', '#8a3fa3', '#6b6100', '#a82340']
const dark = ['#6cb2f0', '#f0985a', '#4fc6a0', '#d296e6', '#cfc04a', '#f58a9b']

function palette(hues: readonly string[], rest: string): string {
  return `${hues.map((hue, index) => `--hue${index}:${hue};`).join('')}${rest}`
}

const lightPalette = palette(
  light,
  '--ink:#1c2127;--faint:#545d68;--rule:#dfe3e8;--shade:#57606a;--ground:#fff',
)
const darkPalette = palette(
  dark,
  '--ink:#e6eaef;--faint:#a3acb7;--rule:#343b44;--shade:#8b949e;--ground:#14181d',
)

/** Of every chart, within it: a chart is a file of its own too. */
export const chartStyle: Markup = new Markup(`
.chart{${lightPalette}}
@media screen and (prefers-color-scheme:dark){.chart{${darkPalette}}}
.chart text{font:12px system-ui,sans-serif;fill:var(--ink)}
.chart text.title{font-size:14px;font-weight:600}
.chart text.small{font-size:11px;fill:var(--faint)}
.chart text.middle{text-anchor:middle}
.chart text.end{text-anchor:end}
.chart .ground{fill:var(--ground)}
.chart .axis{stroke:var(--faint)}
.chart .rule{stroke:var(--rule)}
.chart .leader{stroke:var(--faint);stroke-width:.75}
.chart path{fill:none}
.chart .line{stroke-width:2;stroke-linejoin:round}
.chart .span{fill:var(--shade)}
.chart .shade{fill:var(--shade);fill-opacity:.16;stroke:var(--shade);stroke-opacity:.5;stroke-width:.5}
${light.map((_, hue) => `.chart .hue${hue}{stroke:var(--hue${hue})}.chart .mark.hue${hue}{fill:var(--ground)}`).join('\n')}
.chart .mark{stroke-width:1.5}
.chart .usual{fill:var(--faint)}
.chart .block{fill:var(--hue1)}
.chart text.on{fill:var(--ground);font-weight:600}
`)
