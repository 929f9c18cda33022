/** A command that a script names, with the words among its arguments that are options. */
export interface Spoken {
  readonly command: string
  readonly options: readonly string[]
}

/** What a Lua text has command by command; what is called by another name than a literal one is told as '?'. */
export function spokenIn(lua: string): readonly Spoken[] {
  const text = withoutComments(lua)
  return [...text.matchAll(/(?<![\w.])(?:redis\.)?p?call\(/g)].flatMap(({ index, 0: head }) => {
    const inside = argumentsAt(text, index + head.length)
    if (head === 'pcall(') return []
    const command = /^\s*'([^']+)'/.exec(inside)?.[1] ?? '?'
    const words = [...inside.matchAll(/'([A-Z]{2,})'/g)].map(([, word = '']) => word)
    return [{ command, options: words.filter((word) => word !== command) }]
  })
}

/** What makes a text one of another Lua than 5.1, or of servers since 7. */
export function strangeIn(lua: string): readonly string[] {
  const text = withoutComments(lua).replaceAll(/'[^'\n]*'/g, "''")
  return [...text.matchAll(strange)].map(([word]) => word)
}

const strange =
  /^#!|\bgoto\b|::|\/\/|<<|>>|(?<!~)~(?!=)|[&|]|\btable\.(?:un)?pack\b|\b(?:utf8|bit32|os|io|debug|struct|cmsgpack|string\.pack)\b|\bload(?:string)?\(|\bredis\.(?!call\b)\w+/gm

function withoutComments(lua: string): string {
  return lua.replaceAll(/--.*$/gm, '')
}

/** The text from `start` up to the parenthesis that closes what is open there; those in quotes are not meant. */
function argumentsAt(text: string, start: number): string {
  const shape = text.replaceAll(/'[^'\n]*'/g, (quoted) => '_'.repeat(quoted.length))
  let depth = 1
  let end = start
  for (; end < text.length && depth > 0; end++) {
    if (shape[end] === '(') depth++
    if (shape[end] === ')') depth--
  }
  return text.slice(start, end - 1)
}
