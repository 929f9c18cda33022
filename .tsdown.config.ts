import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from 'tsdown'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string> }

export default defineConfig({
  cwd: process.cwd(),
  entry: Object.values(exports),
  tsconfig: 'tsconfig.json',
  format: 'esm',
  platform: 'node',
  fixedExtension: false,
  dts: true,
  sourcemap: true,
  // Scripts for other programs stay files of their own.
  copy: existsSync('src/scripts') ? [{ from: 'src/scripts/*.lua', to: 'dist/scripts' }] : [],
  publint: { strict: true },
  attw: { profile: 'esm-only', level: 'error' },
})
