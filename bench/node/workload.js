// The workloads of the bench, as bench/workload has them for Go: the same
// settings, users, payloads and times.

const POSITIONS = 20;
const USERS = 20_000;
const SIZES = { least: 40, most: 60_000, default: 185 };
const KINDS = ['idle', 'storm', 'quotes', 'slow', 'broadcast', 'unicast'];

/** Reads the settings; throws on a value that means nothing. */
export function settingsFrom(env) {
  const number = (name, fallback) => {
    const n = Number(env[name] || fallback);
    if (!Number.isFinite(n) || n < 0) throw new Error(`${name}=${env[name]} is not a number`);
    return n;
  };
  const kind = env.WORKLOAD || 'idle';
  if (!KINDS.includes(kind)) throw new Error(`WORKLOAD=${kind} is none`);
  const size = number('SIZE', SIZES.default);
  if (!Number.isInteger(size) || size < SIZES.least || size > SIZES.most) {
    throw new Error(`SIZE=${env.SIZE} is not a number of bytes from ${SIZES.least} to ${SIZES.most}`);
  }
  return {
    port: number('PORT', 3000),
    kind,
    clients: number('N', 0),
    rate: number('R', 1),
    symbols: Array.from({ length: number('S', 100) }, (_, i) => `SYM${i}`),
    size,
    pingInterval: number('PING', 25_000),
    spread: env.SPREAD === '1',
  };
}

/** The sessions s0 to s19999 and their users. */
export function sessions() {
  return new Map(Array.from({ length: USERS }, (_, i) => [`s${i}`, i]));
}

/** Microseconds of Unix time. */
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

const below = (n) => Math.floor(Math.random() * n);

export function quote(symbol, ts) {
  const price = 1_000_000 + below(8_000_000);
  return {
    symbol,
    price: price / 10_000,
    bid: (price - 100) / 10_000,
    ask: (price + 100) / 10_000,
    volume: 10_000_000 + below(80_000_000),
    ts,
  };
}

/** Fills a notice up to so many bytes of JSON. */
export function noticeText(size) {
  const phrase = 'the market is open ';
  const n = size - '{"ts":1700000000000000,"text":""}'.length;
  return phrase.repeat(n / phrase.length + 1).slice(0, n);
}

export const notice = (ts, text) => ({ ts, text });

export function portfolio(user, symbols, ts) {
  const positions = Array.from({ length: POSITIONS }, (_, i) => ({
    symbol: symbols[i % symbols.length],
    qty: i * 10 + 1,
    avg: 95.5,
    price: below(10_000) / 100,
  }));
  return { ts, user, positions };
}

/**
 * Publishes what the settings say through emit(room, event, payload), once
 * users, a map of users to their number of connections, has enough of them.
 */
export function run(settings, users, connections, emit) {
  const { symbols } = settings;
  const quoteTo = (symbol, ts) => emit(`quote:${symbol}`, 'quote:update', quote(symbol, ts));
  let { rate } = settings;
  let publish;
  if (settings.kind === 'broadcast') {
    const text = noticeText(settings.size);
    publish = () => emit('all', 'notice', notice(now(), text));
  } else if (settings.kind === 'unicast') {
    publish = () => {
      const ts = now();
      for (const user of users.keys()) emit(`user:${user}`, 'portfolio:update', portfolio(user, symbols, ts));
    };
  } else if (settings.kind !== 'quotes' && settings.kind !== 'slow') {
    return;
  } else if (settings.spread) {
    rate *= symbols.length;
    publish = () => quoteTo(symbols[below(symbols.length)], now());
  } else {
    publish = () => {
      const ts = now();
      for (const symbol of symbols) quoteTo(symbol, ts);
    };
  }
  if (rate > 0) repeat(rate, () => connections() >= settings.clients, publish);
}

/** Calls publish rate times a second while ready; what is late is caught up with, by at most a second. */
function repeat(rate, ready, publish) {
  const start = performance.now();
  let done = 0;
  const tick = () => {
    const due = Math.floor(((performance.now() - start) / 1000) * rate);
    if (!ready()) done = due;
    for (done = Math.max(done, due - Math.ceil(rate)); done < due; done++) publish();
    setTimeout(tick, start + ((done + 1) / rate) * 1000 - performance.now());
  };
  tick();
}
