#!/usr/bin/env node
// Writes the API report of each entry of the built package to etc/. With --check it writes
// nothing and fails when a report is not what the code says. Run `npm run api` after a change of the API.
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
const entries = Object.values(JSON.parse(readFileSync(`${root}package.json`, 'utf8')).exports)

const compilerOptions = {
  lib: ['ES2023', 'DOM'],
  module: 'ESNext',
  moduleResolution: 'bundler',
  target: 'ES2022',
  jsx: 'react-jsx',
  strict: true,
  skipLibCheck: true,
  types: [],
}

const temporary = mkdtempSync(join(tmpdir(), 'api-report-'))
let current = true
for (const { types } of entries.filter((entry) => typeof entry === 'object')) {
  const name = types.split('/').at(-2)
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: `${root}package.json`,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `${root}${types}`,
      compiler: { overrideTsconfig: { compilerOptions, files: [`${root}${types}`] } },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: `${root}etc`,
        reportTempFolder: temporary,
      },
      newlineKind: 'lf',
      messages: {
        // The report is for reviewers; release tags are not used here.
        extractorMessageReporting: { 'ae-missing-release-tag': { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  })
  const { apiReportChanged, succeeded } = Extractor.invoke(config, {
    localBuild: !check,
    showVerboseMessages: false,
    messageCallback: (message) => {
      if (
        message.messageId === 'console-preamble' ||
        message.messageId === 'console-compiler-version-notice'
      ) {
        message.logLevel = 'none'
      }
    },
  })
  if (!succeeded || (check && apiReportChanged)) current = false
}
rmSync(temporary, { recursive: true })
if (!current) {
  console.error(
    'The API report is not current: npm run api -w packages/hooks, and look at what changed in etc/',
  )
  process.exitCode = 1
}
