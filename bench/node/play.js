// Plays the workloads of the bench on Socket.IO, under Node or Bun.

import { createServer } from 'node:http';
import { Server } from 'socket.io';

import { run, sessions, settingsFrom } from './workload.js';

const BACKLOG = 8192;

/**
 * Plays what the environment says. options are added to those of every server;
 * listen(io, settings, options) makes io answer on the port of the settings.
 */
export function play({ options: more = {}, listen = listenHTTP } = {}) {
  const settings = settingsFrom(process.env);
  const options = {
    pingInterval: settings.pingInterval,
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    ...more,
  };
  const io = new Server(options);
  const users = new Map();
  const connections = admit(io, users);
  process.on('SIGUSR2', collectGarbage);
  process.on('SIGTERM', () => process.exit(0));
  listen(io, settings, options);
  run(settings, users, connections, (room, event, payload) => io.to(room).emit(event, payload));
}

/** Lets clients of known sessions in, counts them in users, and returns how many are connected. */
function admit(io, users) {
  const known = sessions();
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
  return () => connections;
}

function listenHTTP(io, settings, options) {
  const web = createServer((_, response) => response.end('ok'));
  io.attach(web, options);
  web.listen(settings.port, '127.0.0.1', BACKLOG);
}

/** Bun always can; Node can when it was started with --expose-gc. */
function collectGarbage() {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else globalThis.gc?.();
}
