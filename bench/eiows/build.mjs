// Compiles the addon of eiows for the Node that runs this. The package's own build
// clones the source tree of Node for one header; ours stands in for it (include/).

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const eiows = join(here, 'node_modules', 'eiows');
const addon = join(eiows, 'dist', `eiows_${process.version}.node`);
const standIn = join(here, 'include');

/** Beside the program that runs this, in distributions and in Node's own archives. */
const headers = join(dirname(process.execPath), '..', 'include', 'node');

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Fails unless the headers are of the version that runs this. */
function checkHeaders() {
  const file = join(headers, 'node_version.h');
  if (!existsSync(file)) fail(`the headers of Node are missing (Debian: libnode-dev): there is no ${file}`);
  const text = readFileSync(file, 'utf8');
  const [major, minor, patch] = ['MAJOR', 'MINOR', 'PATCH'].map((part) => text.match(`#define NODE_${part}_VERSION (\\d+)`)?.[1]);
  const version = `v${major}.${minor}.${patch}`;
  if (version !== process.version) fail(`${headers} is of Node ${version}, and this is ${process.version}`);
}

/** What it uses of OpenSSL and zlib it finds in Node's process, so nothing is linked. */
function compile() {
  const folders = ['nodejs/src', 'uWebSockets/src'].map((folder) => join(eiows, folder));
  const sources = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.cpp')).map((name) => join(folder, name)));
  const options = ['-O3', '-std=c++20', '-shared', '-fPIC', '-w', '-DHAVE_OPENSSL=1', `-I${standIn}`, `-I${headers}`];
  const { error, status, stderr } = spawnSync('g++', [...options, '-o', addon, ...sources], { encoding: 'utf8' });
  if (error?.code === 'ENOENT') fail('g++ is missing (Debian: g++)');
  if (error || status !== 0) fail(`g++ ended with ${error ?? status}:\n${stderr}`);
}

const made = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (made(addon) < made(import.meta.filename) || made(addon) < made(join(standIn, 'node/src/crypto/crypto_tls.h'))) {
  checkHeaders();
  compile();
}
await import('eiows'); // or it would fail in every run
