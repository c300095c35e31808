import assert from 'node:assert/strict';
import { test } from 'node:test';

import { notice, noticeText, portfolio, quote, settingsFrom } from './workload.js';

const bytes = (event, payload) => `42${JSON.stringify([event, payload])}`.length;

test('payloads have the sizes that the Go servers give theirs', () => {
  const ts = 1_700_000_000_000_000;
  const between = (n, least, most) => assert.ok(n >= least && n <= most, `${n} bytes`);
  between(bytes('quote:update', quote('SYM42', ts)), 115, 150);
  for (const size of [50, 185, 10_000]) assert.equal(JSON.stringify(notice(ts, noticeText(size))).length, size);
  between(bytes('portfolio:update', portfolio(7, ['SYM0'], ts)), 1000, 1200);
});

test('a workload that is none is refused', () => {
  assert.throws(() => settingsFrom({ WORKLOAD: 'qoutes' }), /qoutes/);
  assert.throws(() => settingsFrom({ SIZE: '39' }), /SIZE=39.*40 to 60000/);
  assert.equal(settingsFrom({}).size, 185);
  assert.equal(settingsFrom({}).symbols.at(-1), 'SYM99');
});
