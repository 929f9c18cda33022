import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from 'tsdown'

/** A package is imported, or it is a program, whose only entries are its commands. */
const { exports = {}, bin = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports?: Record<string, string>
  bin?: Record<string, string>
}
const isProgram = Object.keys(bin).length > 0

export default defineConfig({
  cwd: process.cwd(),
  entry: Object.values(isProgram ? bin : exports),
  tsconfig: 'tsconfig.json',
  format: 'esm',
  platform: 'node',
  fixedExtension: false,
  dts: !isProgram,
  sourcemap: true,
  // Scripts for other programs stay files of their own.
  copy: existsSync('src/scripts') ? [{ from: 'src/scripts/*.lua', to: 'dist/scripts' }] : [],
  publint: { strict: true },
  attw: isProgram ? false : { profile: 'esm-only', level: 'error' },
})
