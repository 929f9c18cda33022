import type { Part, Pipeline } from '@holdfast/core'
import { answer } from './answer.ts'
import type { ProbeRequest, ProbeResponse } from './answer.ts'

export interface StatusOptions {
  /**
   * Whether this request may see it, or a promise of that. Anything but true means no, and so does an error. Compare
   * tokens with `timingSafeEqual` of `node:crypto`.
   */
  readonly allow: (request: ProbeRequest) => unknown
  /** Whose parts are shown. Default: none. */
  readonly pipelines?: readonly Shown[]
}

/** A pipeline, or anything else that has parts. */
type Shown = Pick<Pipeline, 'name' | 'parts'>

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }

/** Answers 404 where nobody may see it, 403 to whom may not. */
export async function answerStatus(
  options: StatusOptions | undefined,
  state: Readonly<Record<string, string | number>>,
  request: ProbeRequest,
  response: ProbeResponse,
): Promise<void> {
  if (options === undefined) return refuse(response, 404, 'Not Found')
  if (!(await isAllowed(options, request))) return refuse(response, 403, 'Forbidden')
  answer(response, 200, { ...state, pipelines: (options.pipelines ?? []).map(statusOf) })
}

function refuse(response: ProbeResponse, status: number, title: string): void {
  answer(response, status, { type: 'about:blank', title, status })
}

async function isAllowed({ allow }: StatusOptions, request: ProbeRequest): Promise<boolean> {
  try {
    return (await allow(request)) === true
  } catch {
    // Whoever cannot be checked is not let in; that it was not is all that a client may know.
    return false
  }
}

function statusOf({ name, parts: given }: Shown): object {
  const parts = given.flatMap(flatten)
  const endpoints = [...new Set(parts.flatMap(endpointsOf))]
  return { name, parts: parts.map((part) => partStatus(part, endpoints)) }
}

function flatten(part: Part): readonly Part[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(flatten)
}

/** As the parts that choose among endpoints describe them: a fallback in one list, `endpoints` in groups. */
function endpointsOf(part: Part): readonly string[] {
  const { endpoints, primary, standby } = answerOf(() => part.describe?.()) ?? {}
  const groups = [endpoints, primary, standby].filter((each) => Array.isArray(each))
  return groups
    .flat(2)
    .flatMap((each: { readonly id?: unknown }) => (typeof each.id === 'string' ? each.id : []))
}

function partStatus(part: Part, endpoints: readonly string[]): object {
  const { kind, name } = part
  const { statistics } = part as { readonly statistics?: (endpoint?: string) => unknown }
  const of = (endpoint?: string): Plain | undefined =>
    answerOf(() => plain('statistics', statistics?.call(part, endpoint)))
  const each = statistics === undefined ? [] : endpoints.map((endpoint) => [endpoint, of(endpoint)] as const)
  return {
    kind,
    name,
    options: answerOf(() => plain('options', part.describe?.())),
    statistics: of(),
    ...(each.length === 0 ? {} : { endpoints: Object.fromEntries(each) }),
  }
}

/** A part of the user's own that fails to tell is shown without, and the others are shown. */
function answerOf<Answer>(question: () => Answer): Answer | undefined {
  try {
    return question()
  } catch {
    return undefined
  }
}

/** The only members whose texts are shown: of any other nobody knows what a user has put there. */
const shownTexts: ReadonlySet<string> = new Set(['id', 'kind', 'mode', 'name', 'reason', 'state', 'type'])

/** Numbers and flags, in whatever depth, and texts under names that are known to be harmless. */
function plain(name: string, value: unknown): Plain | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return shownTexts.has(name) ? value : undefined
  if (Array.isArray(value)) return value.flatMap((each) => plain(name, each) ?? [])
  if (typeof value !== 'object' || value === null) return undefined
  const members = Object.entries(value).flatMap(([member, inner]) => {
    const shown = plain(member, inner)
    return shown === undefined ? [] : [[member, shown] as const]
  })
  return Object.fromEntries(members)
}
