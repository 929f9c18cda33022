import type { Hostility } from './behaviour.ts'
import { answers } from './behaviours/answers.ts'
import { breaks } from './behaviours/breaks.ts'
import { heads } from './behaviours/heads.ts'
import { lengths } from './behaviours/lengths.ts'
import { stalls } from './behaviours/stalls.ts'

export const hostilities: readonly Hostility[] = [...breaks, ...stalls, ...lengths, ...heads, ...answers]
