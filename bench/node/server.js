// The server with ws, the engine that Socket.IO has by default. Bun puts an
// implementation of its own in the place of ws.

import { play } from './play.js';

play();
