import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
/** What an app with the package has beside it. */
const BESIDE = ['react', 'react-dom', 'socket.io-client', '@types/react', '@types/react-dom', 'csstype']

/** Runs a tool of this workspace; what it printed, also when it failed. */
export async function tool(name: string, args: readonly string[], cwd = PACKAGE): Promise<string> {
  try {
    return (await run(join(MODULES, '.bin', name), args, { cwd })).stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${name} ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error })
  }
}

/** Builds the package, so that the tests below see what is published and not what is written. */
export const build = () => tool('tsc', ['-b'])

/** An empty app outside the repository that has installed the packed package. */
export class App {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<App> {
    const app = new App(await mkdtemp(join(tmpdir(), 'tradewind-app-')))
    await app.write({ 'package.json': '{"type": "module"}' })
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', app.folder], { cwd: PACKAGE })
    const modules = join(app.folder, 'node_modules')
    const ours = join(modules, '@tradewind/react')
    await mkdir(ours, { recursive: true })
    const { version } = await readManifest(PACKAGE)
    await run('tar', [
      'xzf',
      join(app.folder, `tradewind-react-${version}.tgz`),
      '-C',
      ours,
      '--strip-components=1',
    ])
    for (const name of BESIDE) {
      await mkdir(dirname(join(modules, name)), { recursive: true })
      await symlink(join(MODULES, name), join(modules, name))
    }
    return app
  }

  get installed(): string {
    return join(this.folder, 'node_modules/@tradewind/react')
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) await writeFile(join(this.folder, path), text)
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true })
  }
}

export interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}
