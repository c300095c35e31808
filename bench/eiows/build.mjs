// Compiles the addon of eiows for the Node that runs this. The package's own build
// clones the source tree of Node for one header; ours stands in for it (include/).

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const eiows = join(here, 'node_modules', 'eiows');
const addon = join(eiows, 'dist', `eiows_${process.version}.node`);
const standIn = join(here, 'include');

/** Where distributions and Node's own archives have the headers. */
const places = ['/usr/include/node', '/usr/local/include/node', join(dirname(process.execPath), '..', 'include', 'node')];

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** The version that a folder has the headers of, as process.version writes it. */
function versionOf(folder) {
  const file = join(folder, 'node_version.h');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const part = (name) => text.match(new RegExp(`#define NODE_${name}_VERSION (\\d+)`))?.[1];
  return `v${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
}

function findHeaders() {
  const folder = places.find((place) => versionOf(place) === process.version);
  if (folder) return folder;
  const found = places.map((place) => `${place} has ${versionOf(place) ?? 'none'}`).join(', ');
  return fail(`the headers of Node ${process.version} are missing (Debian: libnode-dev): ${found}`);
}

/** What it uses of OpenSSL and zlib it finds in Node's process, so nothing is linked. */
function compile(headers) {
  const folders = ['nodejs/src', 'uWebSockets/src'].map((folder) => join(eiows, folder));
  const sources = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.cpp')).map((name) => join(folder, name)));
  const options = ['-O3', '-std=c++20', '-shared', '-fPIC', '-w', '-DHAVE_OPENSSL=1', `-I${standIn}`, `-I${headers}`];
  const { error, status, stderr } = spawnSync('g++', [...options, '-o', addon, ...sources], { encoding: 'utf8' });
  if (error?.code === 'ENOENT') fail('g++ is missing (Debian: g++)');
  if (error || status !== 0) fail(`g++ ended with ${error ?? status}:\n${stderr}`);
}

const made = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (made(addon) < made(import.meta.filename) || made(addon) < made(join(standIn, 'node/src/crypto/crypto_tls.h'))) {
  compile(findHeaders());
}
