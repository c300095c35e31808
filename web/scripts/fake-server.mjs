// A stand-in for the server, for working on the dashboard without Go: one user
// (demo, demo), a market that moves at random, orders that fill or are refused.
// Everything is in memory. Run it beside `npm run dev`, or alone after
// `npm run build`; PORT says where, default 5000.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Server } from 'socket.io'

const DIST = fileURLToPath(new URL('../dashboard/dist', import.meta.url))
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const ACCOUNT = 'acc_demo'

const market = new Map(
  Object.entries({
    AAPL: ['Apple Inc.', 228.4],
    AMZN: ['Amazon.com Inc.', 201.7],
    GOOGL: ['Alphabet Inc. Class A', 176.3],
    MSFT: ['Microsoft Corporation', 431.2],
    NVDA: ['NVIDIA Corporation', 141.9],
    SPY: ['SPDR S&P 500 ETF Trust', 587.6],
    TSLA: ['Tesla Inc.', 338.1],
  }).map(([symbol, [name, price]]) => [
    symbol,
    { name, price, open: price * 0.993, volume: 1_000_000, at: Date.now() },
  ]),
)
const cents = (n) => Math.round(n * 100) / 100

const state = {
  sessions: new Set(),
  seq: 4,
  cash: 61_240.15,
  realized: 312.4,
  positions: new Map([
    ['AAPL', { quantity: 60, cost: 60 * 214.2 }],
    ['MSFT', { quantity: 25, cost: 25 * 442.75 }],
    ['NVDA', { quantity: 80, cost: 80 * 118.06 }],
    ['SPY', { quantity: 12, cost: 12 * 561.4 }],
  ]),
  settings: {},
  orders: [],
  trades: [],
  watchlist: ['NVDA', 'AAPL', 'TSLA', 'MSFT', 'SPY', 'AMZN'],
}

function quote(symbol) {
  const { price, open, volume, at } = market.get(symbol)
  return {
    symbol,
    price,
    change: cents(price - open),
    changePercent: cents(((price - open) / open) * 100),
    timestamp: at,
    bid: cents(price - 0.01),
    ask: cents(price + 0.01),
    volume,
    state: 'live',
  }
}

function portfolio() {
  const positions = [...state.positions].map(([symbol, { quantity, cost }]) => {
    const { price, open } = market.get(symbol)
    const unrealizedPnl = cents(quantity * price - cost)
    return {
      symbol,
      quantity,
      avgPrice: cents(cost / quantity),
      price,
      marketValue: cents(quantity * price),
      unrealizedPnl,
      unrealizedPnlPercent: cents((unrealizedPnl / cost) * 100),
      dayChange: cents(quantity * (price - open)),
    }
  })
  const sum = (key) => cents(positions.reduce((total, position) => total + position[key], 0))
  const marketValue = sum('marketValue')
  const dayChange = sum('dayChange')
  const reserved = state.orders
    .filter(({ status, side }) => status === 'working' && side === 'buy')
    .reduce((total, { quantity, limitPrice }) => total + quantity * limitPrice, 0)
  return {
    account: ACCOUNT,
    seq: state.seq,
    asOf: Date.now(),
    currency: 'USD',
    cash: cents(state.cash),
    buyingPower: cents(state.cash - reserved),
    marketValue,
    totalValue: cents(state.cash + marketValue),
    dayChange,
    dayChangePercent: cents((dayChange / (state.cash + marketValue - dayChange)) * 100),
    unrealizedPnl: sum('unrealizedPnl'),
    realizedPnl: cents(state.realized),
    positions,
  }
}

/** Appends to the ledger and tells the subscribers. */
function append(event, data) {
  state.seq += 1
  const entry = { account: ACCOUNT, seq: state.seq, timestamp: Date.now(), ...data }
  io.to('trades').emit(event, entry)
  return entry
}

function update(order, change) {
  Object.assign(order, change, { updatedAt: Date.now() })
  return { ...order }
}

function fill(order) {
  const { price } = market.get(order.symbol)
  const held = state.positions.get(order.symbol) ?? { quantity: 0, cost: 0 }
  const size = order.side === 'buy' ? order.quantity : -order.quantity
  state.cash -= size * price
  if (order.side === 'sell') state.realized += order.quantity * (price - held.cost / held.quantity)
  const cost = order.side === 'buy' ? held.cost + size * price : held.cost * (1 + size / held.quantity)
  if (held.quantity + size === 0) state.positions.delete(order.symbol)
  else state.positions.set(order.symbol, { quantity: held.quantity + size, cost })
  const { id: orderId, symbol, side, quantity } = order
  const after = update(order, { status: 'filled', filledQuantity: quantity, avgFillPrice: price })
  const fillData = {
    id: randomUUID(),
    orderId,
    symbol,
    side,
    quantity,
    price,
    status: 'filled',
    order: after,
  }
  state.trades.unshift(append('trade:executed', fillData))
  io.to('portfolio').emit('portfolio:update', portfolio())
}

function place(request) {
  const known = state.orders.find(({ clientOrderId }) => clientOrderId === request.clientOrderId)
  if (known) return { status: 202, body: { order: known } }
  const now = Date.now()
  const order = {
    id: randomUUID(),
    timeInForce: 'day',
    ...request,
    filledQuantity: 0,
    status: 'working',
    createdAt: now,
    updatedAt: now,
  }
  state.orders.unshift(order)
  const price = request.limitPrice ?? market.get(request.symbol)?.price
  const held = state.positions.get(request.symbol)?.quantity ?? 0
  let refusal
  if (price === undefined) refusal = ['unknown_symbol', `There is no symbol "${request.symbol}".`]
  else if (order.side === 'buy' && price * order.quantity > portfolio().buyingPower)
    refusal = [
      'insufficient_buying_power',
      `Buying ${order.quantity} ${order.symbol} costs more than is available.`,
    ]
  else if (order.side === 'sell' && order.quantity > held)
    refusal = ['insufficient_position', `You hold ${held} ${order.symbol}.`]
  if (refusal) {
    const [code, error] = refusal
    const after = update(order, { status: 'rejected', reason: error })
    append('trade:failed', { error, code, signal: request, order: after })
    return {
      status: 422,
      body: { title: 'Unprocessable Entity', status: 422, code, detail: error, orderId: order.id },
    }
  }
  append('order:update', { order: { ...order } })
  if (order.type === 'market') fill(order)
  return { status: 202, body: { order } }
}

const sessionOf = (request) =>
  request.headers.authorization?.replace('Bearer ', '') ??
  /tradewind_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]

const INTERVALS = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '1d': 1_440 }

/** A past that leads to the price of now. */
function candles(symbol, interval) {
  const length = (INTERVALS[interval] ?? 1) * 60_000
  let close = market.get(symbol)?.price ?? 100
  const list = []
  for (let start = Math.floor(Date.now() / length) * length; list.length < 300; start -= length) {
    const open = cents(close * (1 + (Math.random() - 0.5) * 0.002))
    const [low, high] = [Math.min(open, close) * 0.9995, Math.max(open, close) * 1.0005].map(cents)
    list.unshift({ timestamp: start, open, high, low, close, volume: Math.round(Math.random() * 9_000) })
    close = open
  }
  return { symbol, interval, candles: list }
}

const problem = (status, code, detail) => ({ status, body: { title: code, status, code, detail } })

const routes = {
  'GET /api/me': () => ({
    body: {
      user: { id: 'usr_demo', name: 'demo' },
      account: { id: ACCOUNT, broker: 'paper', live: false, currency: 'USD' },
    },
  }),
  'POST /api/logout': (_, request) => {
    state.sessions.delete(sessionOf(request))
    io.emit('session:expired', { reason: 'logout' })
    io.disconnectSockets()
    return { status: 204 }
  },
  'GET /api/orders': () => ({ body: { account: ACCOUNT, orders: state.orders } }),
  'POST /api/orders': (body) => place(body),
  'GET /api/trades': () => ({ body: { account: ACCOUNT, trades: state.trades } }),
  'GET /api/candles': (_, __, query) => ({ body: candles(query.get('symbol'), query.get('interval')) }),
  'GET /api/settings': () => ({ body: state.settings }),
  'PUT /api/settings': (body) => {
    state.settings = body
    return { body }
  },
  'GET /api/sessions': (_, request) => ({
    body: {
      sessions: [...state.sessions].map((id, index) => ({
        id: `s_${index}`,
        createdAt: Date.now(),
        seenAt: Date.now(),
        expiresAt: Date.now() + 86_400_000,
        current: id === sessionOf(request),
      })),
    },
  }),
  'GET /api/portfolio/history': () => ({ body: { account: ACCOUNT, points: history } }),
  'GET /api/watchlist': () => ({ body: { symbols: state.watchlist } }),
  'PUT /api/watchlist': (body) => {
    state.watchlist = body.symbols
    return { body }
  },
  'GET /api/symbols': (_, __, query) => {
    const text = (query.get('q') ?? '').toUpperCase()
    const symbols = [...market].filter(
      ([symbol, { name }]) => symbol.startsWith(text) || name.toUpperCase().includes(text),
    )
    return {
      body: {
        symbols: symbols.map(([symbol, { name }]) => ({ symbol, name, quantityStep: 1, priceStep: 0.01 })),
      },
    }
  },
}

function answer(method, path, query, body, request) {
  if (method === 'POST' && path === '/api/login') {
    if (body.username !== 'demo' || body.password !== 'demo') {
      return problem(401, 'login_failed', 'User name or password is wrong.')
    }
    const sessionID = randomUUID()
    state.sessions.add(sessionID)
    const cookie = `tradewind_session=${sessionID}; HttpOnly; SameSite=Lax; Path=/`
    return {
      cookie,
      body: { sessionID, user: { id: 'usr_demo', name: 'demo' }, expiresAt: Date.now() + 86_400_000 },
    }
  }
  if (!state.sessions.has(sessionOf(request))) {
    return { status: 401, body: { title: 'Unauthorized', status: 401, code: 'auth_required', demo: true } }
  }
  const cancel = /^\/api\/orders\/(.+)$/.exec(path)
  if (method === 'DELETE' && cancel) {
    const order = state.orders.find(({ id, status }) => id === cancel[1] && status === 'working')
    if (!order) return problem(409, 'order_not_open', 'This order is over.')
    append('order:update', { order: update(order, { status: 'canceled', reason: 'Canceled on request.' }) })
    io.to('portfolio').emit('portfolio:update', portfolio())
    return { status: 202, body: { order } }
  }
  const trade = /^\/api\/trades\/(.+)$/.exec(path)
  if (method === 'GET' && trade) {
    const found = state.trades.find(({ id }) => id === decodeURIComponent(trade[1]))
    return found ? { body: { trade: found } } : problem(404, 'not_found', 'This account has no such trade.')
  }
  return (
    routes[`${method} ${path}`]?.(body, request, query) ??
    problem(404, 'not_found', 'There is nothing under this path.')
  )
}

async function serveFile(path, response) {
  const file = extname(path) === '' ? 'index.html' : normalize(path)
  try {
    const body = await readFile(join(DIST, file))
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(body)
  } catch {
    response.writeHead(404).end('not found')
  }
}

const http = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (!pathname.startsWith('/api/')) return serveFile(pathname, response)
  let text = ''
  for await (const chunk of request) text += chunk
  const result = answer(request.method, pathname, searchParams, text && JSON.parse(text), request)
  const { status = 200, body, cookie } = result
  const headers = { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json' }
  if (cookie) headers['Set-Cookie'] = cookie
  response.writeHead(status, headers).end(body && JSON.stringify(body))
})

const io = new Server(http, { serveClient: false })

io.use((socket, next) => {
  const id = socket.handshake.auth.sessionID ?? sessionOf(socket.request)
  if (state.sessions.has(id)) return next()
  const code = id === undefined ? 'auth_required' : 'invalid_session'
  const error = new Error(id === undefined ? 'Authentication required' : 'Invalid session')
  next(Object.assign(error, { data: { code, retryable: false } }))
})

io.on('connection', (socket) => {
  socket.emit('feed:status', { source: 'sim', state: 'live', since: Date.now() })
  socket.on('clock', (reply) => reply({ ok: true, now: Date.now() }))
  socket.on('subscribe:portfolio', (reply) => {
    void socket.join('portfolio')
    socket.emit('portfolio:update', portfolio())
    reply({ ok: true })
  })
  socket.on('subscribe:trades', (...args) => {
    void socket.join('trades')
    args.at(-1)({ ok: true, account: ACCOUNT, seq: state.seq, replayed: 0 })
  })
  for (const stream of ['portfolio', 'trades']) {
    socket.on(`unsubscribe:${stream}`, (reply) => {
      void socket.leave(stream)
      reply({ ok: true })
    })
  }
  socket.on('subscribe:watchlist', (symbols, reply) => {
    for (const room of socket.rooms) if (room.startsWith('symbol:')) void socket.leave(room)
    const accepted = symbols.filter((symbol) => market.has(symbol))
    for (const symbol of accepted) {
      void socket.join(`symbol:${symbol}`)
      socket.emit('quote:update', quote(symbol))
    }
    const refused = symbols.filter((symbol) => !market.has(symbol))
    const rejected = refused.map((symbol) => ({ symbol, code: 'unknown_symbol', message: 'Unknown symbol' }))
    reply({ ok: true, accepted, rejected })
  })
})

const history = []
for (let minute = 1, value = portfolio().totalValue; minute <= 180; minute++) {
  value -= (Math.random() - 0.47) * 55
  history.unshift({ timestamp: Date.now() - minute * 60_000, value: cents(value) })
}

setInterval(() => {
  for (const [symbol, instrument] of market) {
    if (Math.random() < 0.6) continue
    instrument.price = cents(instrument.price * (1 + (Math.random() - 0.498) * 0.0008))
    instrument.volume += Math.round(Math.random() * 900)
    instrument.at = Date.now()
    io.to(`symbol:${symbol}`).emit('quote:update', quote(symbol))
  }
  for (const order of state.orders) {
    if (order.status !== 'working') continue
    const { price } = market.get(order.symbol)
    if (order.side === 'buy' ? price <= order.limitPrice : price >= order.limitPrice) fill(order)
  }
  io.to('portfolio').emit('portfolio:update', portfolio())
}, 300)

const port = Number(process.env.PORT ?? 5000)
http.listen(port, () => console.log(`fake server on http://localhost:${http.address().port}`))
