// The server for Bun with an engine that uses Bun's own web server.

import { Server as Engine } from '@socket.io/bun-engine';

import { play } from '../node/play.js';

play({
  listen(io, { port, pingInterval }) {
    const engine = new Engine({ path: '/socket.io/', pingInterval });
    io.bind(engine);
    globalThis.Bun.serve({ ...engine.handler(), port, hostname: '127.0.0.1' });
  },
});
