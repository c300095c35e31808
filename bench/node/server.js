// Plays the workloads of the bench on Socket.IO for Node. ENGINE says what carries
// it: ws (the default), eiows, or bun for Bun's own engine. MODULES is the folder
// whose node_modules are used, this one by default.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { run, sessions, settingsFrom } from './workload.js';

const settings = settingsFrom(process.env);
const engine = process.env.ENGINE || 'ws';
const require = createRequire(join(process.env.MODULES || import.meta.dirname, 'modules.js'));
const { Server } = require('socket.io');

const BACKLOG = 8192;
const options = {
  pingInterval: settings.pingInterval,
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  ...(engine === 'eiows' && { wsEngine: require('eiows').Server }),
};

const io = new Server(options);
const known = sessions();
const users = new Map();
let connections = 0;

io.use((socket, next) => {
  const user = known.get(socket.handshake.auth.sessionID);
  if (user === undefined) return next(new Error('unauthorized'));
  socket.data.user = user;
  next();
});

io.on('connection', (socket) => {
  const { user } = socket.data;
  connections++;
  users.set(user, (users.get(user) ?? 0) + 1);
  socket.join(['all', `user:${user}`, `session:${socket.handshake.auth.sessionID}`]);
  socket.on('subscribe:watchlist', (symbols) => socket.join(symbols.map((symbol) => `quote:${symbol}`)));
  socket.on('disconnect', () => {
    connections--;
    const left = users.get(user) - 1;
    if (left === 0) users.delete(user);
    else users.set(user, left);
  });
});

process.on('SIGUSR2', () => {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else globalThis.gc?.();
});
process.on('SIGTERM', () => process.exit(0));

if (engine === 'bun') {
  const { Server: Engine } = require('@socket.io/bun-engine');
  const bun = new Engine({ path: '/socket.io/', pingInterval: settings.pingInterval });
  io.bind(bun);
  const { fetch, ...handler } = bun.handler();
  globalThis.Bun.serve({
    ...handler,
    hostname: '127.0.0.1',
    port: settings.port,
    fetch: (request, server) =>
      new URL(request.url).pathname.startsWith('/socket.io/') ? fetch(request, server) : new Response('ok'),
  });
} else {
  const web = createServer((_, response) => response.end('ok'));
  io.attach(web, options);
  web.listen(settings.port, '127.0.0.1', BACKLOG);
}

run(settings, users, () => connections, (room, event, payload) => io.to(room).emit(event, payload));
