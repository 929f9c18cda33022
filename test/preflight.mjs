const major = Number(process.versions.node.split('.')[0])
if (major < 22) {
  console.error(
    `Holdfast needs Node 22.12 or newer, and this is ${process.version}. On Linux x64 the repository brings its own: run "npx -y pnpm@12.21.0 install". Elsewhere install Node 24.`,
  )
  process.exit(1)
}
