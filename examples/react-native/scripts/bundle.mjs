// Bundles the app for both systems as a release would, and fails when Metro has anything to say about it.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = await mkdtemp(join(tmpdir(), 'tradewind-bundle-'))
try {
  for (const platform of ['android', 'ios']) {
    const file = join(folder, `${platform}.js`)
    const said = await metro([
      'build',
      'index.js',
      '--platform',
      platform,
      '--dev',
      'false',
      '--minify',
      '--out',
      file,
    ])
    if (/warn|error|deprecat/i.test(said)) throw new Error(`Metro, for ${platform}:\n${said}`)
    const bundle = await readFile(file, 'utf8')
    if (!bundle.includes('subscribe:watchlist'))
      throw new Error(`the hooks are not in the ${platform} bundle`)
    console.log(`${platform}: ${Math.round(bundle.length / 1024)} KB, no warning`)
  }
} finally {
  await rm(folder, { recursive: true })
}

/** Runs Metro; everything it wrote, on whichever stream. */
function metro(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['node_modules/metro/src/cli.js', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const hear = (chunk) => {
      said += chunk
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(said))))
  })
}
