// The server for Node with the engine eiows in the place of ws.

import eiows from 'eiows';

import { play } from '../node/play.js';

play({ options: { wsEngine: eiows.Server } });
