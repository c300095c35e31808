// Fails when the first load of the built dashboard is over its budget: the scripts
// that index.html names, with what they import at once, gzipped. Chunks that are
// loaded later, such as the chart, do not count.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 250
const DIST = new URL('../dashboard/dist/', import.meta.url)

const page = await readFile(new URL('index.html', DIST), 'utf8')
const waiting = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path)
if (waiting.length === 0) throw new Error(`${fileURLToPath(DIST)}index.html names no script`)

const sizes = new Map()
while (waiting.length > 0) {
  const path = waiting.pop()
  if (sizes.has(path)) continue
  const script = await readFile(new URL(path, DIST))
  sizes.set(path, gzipSync(script, { level: 9 }).length)
  const imports = script
    .toString()
    .matchAll(/(?:^|[;}\s])(?:import|export)[^;()]*?from?\s*"\.\/([^"]+\.js)"/g)
  for (const [, name] of imports) waiting.push(`assets/${name}`)
}

const kb = (bytes) => (bytes / 1000).toFixed(1)
for (const [path, size] of sizes) console.log(`${kb(size).padStart(8)} kB gzipped  ${basename(path)}`)
const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
console.log(`${kb(total).padStart(8)} kB of ${BUDGET_KB} in the first load`)
if (total > BUDGET_KB * 1000) throw new Error(`the first load is over ${BUDGET_KB} kB`)
if ([...sizes.keys()].some((path) => path.includes('plot'))) {
  throw new Error('the chart is in the first load')
}
