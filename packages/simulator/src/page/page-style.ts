import { Markup } from '../picture/markup.ts'

/** Of the page around charts, which bring their own. */
export const pageStyle: Markup = new Markup(`
:root{color-scheme:light dark;--ink:#1c2127;--faint:#545d68;--rule:#dfe3e8;--ground:#fff;--raised:#f5f7f9}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6eaef;--faint:#a3acb7;--rule:#343b44;--ground:#14181d;--raised:#1d232a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--rule);overflow-wrap:anywhere}
h3{font-size:1rem;margin:1.25rem 0 .5rem;overflow-wrap:anywhere}
.about{margin:.25rem 0;overflow-wrap:anywhere}
.about span,small,summary,caption,dt{color:var(--faint)}
.verdict{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.5rem;margin:0}
.verdict div{background:var(--raised);border:1px solid var(--rule);border-radius:.375rem;padding:.5rem .75rem}
.verdict dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
.verdict dd~dd{font-size:.95rem}
.verdict small{font-size:.8rem;font-weight:400}
figure{margin:0 0 1.25rem;break-inside:avoid}
.wide{overflow-x:auto}
.chart{display:block;width:100%;min-width:40rem;height:auto}
summary{cursor:pointer;font-size:.85rem;margin-left:3.75rem}
table{border-collapse:collapse;margin:0 0 1.5rem;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.25rem 0;font-weight:600}
th,td{padding:.2rem .75rem .2rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;font-weight:400;overflow-wrap:anywhere}
thead th{color:var(--faint);font-weight:600}
.figure{text-align:right;white-space:nowrap}
@media print{main{max-width:none;padding:0}h2,h3,caption{break-after:avoid}details{display:none}tr{break-inside:avoid}}
`)
