import { execFileSync } from 'node:child_process'
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build as bundle, type Rolldown } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { App, build, PACKAGE, readManifest, tool } from './packed.ts'

let app: App

beforeAll(async () => {
  await build()
  app = await App.create()
}, 60_000)

afterAll(() => app.remove())

describe('the package', () => {
  it('holds everything that its manifest promises, and nothing of the workshop', async () => {
    const { exports } = await readManifest(app.installed)
    const targets = Object.values(exports).flatMap((to) =>
      typeof to === 'string' ? [to] : Object.values(to),
    )
    await Promise.all(targets.map((target) => access(join(app.installed, target))))
    expect((await readdir(app.installed)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
      'src',
    ])
    const files = await readdir(app.installed, { recursive: true })
    expect(files.filter((file) => /tsbuildinfo|tsconfig|test/.test(file))).toEqual([])
  })

  it.each(['bundler', 'nodenext'])(
    'gives types to an app with module resolution %s',
    async (moduleResolution) => {
      await app.write({
        'app.tsx': await readmeApp(),
        'wrong.ts': `import { type TickerSymbol, type OrderId } from '@tradewind/react'
        declare const id: OrderId
        // @ts-expect-error an id is no symbol
        export const symbol: TickerSymbol = id`,
        'tsconfig.json': JSON.stringify({
          compilerOptions: {
            module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
            moduleResolution,
            target: 'es2022',
            lib: ['es2023', 'dom'],
            jsx: 'react-jsx',
            strict: true,
            noEmit: true,
            types: [],
          },
          files: ['app.tsx', 'wrong.ts'],
        }),
      })
      await tool('tsc', ['-p', '.'], app.folder)
    },
  )

  it('makes the app of its README', async () => {
    await app.write({
      'app.tsx': await readmeApp(),
      'main.tsx': `import { createRoot } from 'react-dom/client'
        import App from './app.tsx'
        createRoot(document.body).render(<App />)`,
    })
    const code = await bundled('main.tsx')
    expect(code).toContain('subscribe:watchlist')
    expect(code).toContain('/socket.io')
  })

  it.each([
    ['@tradewind/react', 'useQuote', 12_000],
    ['@tradewind/react', 'memoryStorage', 500],
    ['@tradewind/react/core', 'isOver', 500],
    ['@tradewind/react/native', 'nativeEnvironment', 1_500],
  ])('leaves out of %s what is not asked for beside %s', async (from, name, most) => {
    await app.write({ 'part.ts': `import { ${name} } from '${from}'\nglobalThis.kept = ${name}` })
    const code = await bundled('part.ts', ['react', 'react/jsx-runtime'])
    expect(code).not.toContain('/socket.io')
    expect(code.length).toBeLessThan(most)
  })

  it('touches neither window nor storage', async () => {
    await app.write({
      'node.mjs': `import { createTradewind } from '@tradewind/react'
        for (const name of ['window', 'localStorage', 'sessionStorage'])
          Object.defineProperty(globalThis, name, { get: () => { throw new Error(name + ' was touched') } })
        const client = createTradewind({ url: 'http://localhost:1', credentials: () => ({ token: 't' }) })
        const release = client.connection.retain()
        client.quotes.watch(['AAPL'])
        client.orders.subscribe(() => {})
        setTimeout(() => { console.log(client.connection.state.status); process.exit(0) }, 200)`,
    })
    expect(execFileSync(process.execPath, ['node.mjs'], { cwd: app.folder, encoding: 'utf8' })).toBe(
      'reconnecting\n',
    )
  })

  it('stays within its size', () => tool('size-limit', []))

  it('has the API that its report says', () =>
    tool('../../packages/hooks/scripts/api-report.mjs', ['--check']))
})

async function readmeApp(): Promise<string> {
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8')
  const found = /```tsx\n([^]*?)```/.exec(readme)?.[1]
  if (found === undefined) throw new Error('no app in the README')
  return found
}

/** What a production build makes of a file of the app. */
async function bundled(entry: string, external: readonly string[] = []): Promise<string> {
  const built = await bundle({
    root: app.folder,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry, formats: ['es'] },
      rolldownOptions: { external: [...external] },
    },
  })
  const outputs = [built].flat() as Rolldown.RolldownOutput[]
  return outputs
    .flatMap(({ output }) => output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')))
    .join('')
}
