// Plays the workloads of the bench on Socket.IO for Node.

import { createServer } from 'node:http';
import { Server } from 'socket.io';

import { run, sessions, settingsFrom } from './workload.js';

const settings = settingsFrom(process.env);

const BACKLOG = 8192;
const options = {
  pingInterval: settings.pingInterval,
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
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

process.on('SIGUSR2', () => globalThis.gc?.());
process.on('SIGTERM', () => process.exit(0));

const web = createServer((_, response) => response.end('ok'));
io.attach(web, options);
web.listen(settings.port, '127.0.0.1', BACKLOG);

run(settings, users, () => connections, (room, event, payload) => io.to(room).emit(event, payload));
