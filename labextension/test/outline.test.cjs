const assert = require('node:assert/strict');
const { test } = require('node:test');
const { lineOf, moved, outline, typed } = require('../lib-test/model/outline.js');

function row(kind, name, more = {}) {
  return { kind, id: name, name, version: null, state: null, tone: 'none', about: '', created: null, at: 1, tags: {}, ...more };
}

const LISTS = {
  models: [row('models', 'iris', { tags: { stage: 'prod' } }), row('models', 'churn')],
  services: [row('services', 'iris-service', { state: 'Healthy', tone: 'ok' }), row('services', 'old', { state: 'Failed', tone: 'bad' })],
  pipelines: [row('pipelines', 'nightly')],
  schedules: [row('schedules', 'every day')]
};

function listed(kind) {
  const rows = LISTS[kind] ?? [];
  return { rows, total: rows.length, loaded: true, trouble: null };
}

const words = items => items.map(item => (item.type === 'row' ? item.row.name : `${item.type} ${item.section}`));

test('open sections show their rows, and what is said of empty ones', () => {
  const items = outline(['models', 'data'], listed, new Set(), '');
  assert.deepEqual(words(items), ['head models', 'iris', 'churn', 'head data', 'note data']);
  assert.deepEqual([items[1].position, items[1].of], [1, 2]);
});

test('pipelines and schedules are one section', () => {
  const items = outline(['pipelines'], listed, new Set(), '');
  assert.deepEqual(words(items), ['head pipelines', 'nightly', 'every day']);
  assert.equal(items[0].total, 2);
});

test('closed sections have their head only, with its counts', () => {
  const [head, ...rest] = outline(['services'], listed, new Set(['services']), '');
  assert.deepEqual(rest, []);
  assert.deepEqual([head.open, head.total, head.bad], [false, 2, 1]);
});

test('a search opens closed sections that have something, and leaves the others closed', () => {
  const items = outline(['models', 'services', 'data'], listed, new Set(['models', 'services']), 'IRIS');
  assert.deepEqual(words(items), ['head models', 'iris', 'head services', 'iris-service', 'head data']);
  assert.deepEqual([items[0].shown, items[0].total], [1, 2]);
});

test('all words of a search have to be there, in name, state or tag', () => {
  const found = query => words(outline(['models', 'services'], listed, new Set(), query)).filter(name => !name.includes(' '));
  assert.deepEqual(found('iris stage:prod'), ['iris']);
  assert.deepEqual(found('state:failed'), ['old']);
  assert.deepEqual(found('iris nothing'), []);
});

test('what is still being read is not said to be empty, and trouble is told', () => {
  const reading = kind => ({ ...listed(kind), loaded: false });
  assert.deepEqual(words(outline(['data'], reading, new Set(), '')), ['head data']);
  const broken = () => ({ rows: [], total: 0, loaded: false, trouble: 'no' });
  assert.equal(outline(['data'], broken, new Set(), '')[1].trouble, 'no');
});

test('keys go through the tree and pass over notes', () => {
  const items = outline(['data', 'models'], listed, new Set(), '');
  assert.deepEqual(words(items), ['head data', 'note data', 'head models', 'iris', 'churn']);
  assert.deepEqual(moved(items, -1, 'ArrowDown', 10), { to: 0 });
  assert.deepEqual(moved(items, 0, 'ArrowDown', 10), { to: 2 });
  assert.deepEqual(moved(items, 2, 'ArrowUp', 10), { to: 0 });
  assert.deepEqual(moved(items, 4, 'ArrowDown', 10), { to: 4 });
  assert.deepEqual(moved(items, 4, 'ArrowLeft', 10), { to: 2 });
  assert.deepEqual(moved(items, 2, 'ArrowLeft', 10), { toggle: 'models', open: false });
  assert.deepEqual(moved(items, 2, 'ArrowRight', 10), { to: 3 });
  assert.deepEqual(moved(items, 0, 'End', 10), { to: 4 });
  assert.deepEqual(moved(items, 0, 'PageDown', 10), { to: 4 });
  assert.deepEqual(moved(items, 4, 'PageUp', 10), { to: 0 });
  assert.equal(moved(items, 3, 'Enter', 10).activate.row.name, 'iris');
  assert.equal(moved(items, 3, 'x', 10), null);
});

test('letters lead to the next name that begins so', () => {
  const items = outline(['models'], listed, new Set(), '');
  assert.equal(typed(items, 0, 'c', section => section), 2);
  assert.equal(typed(items, 2, 'ir', section => section), 1);
  assert.equal(typed(items, 0, 'z', section => section), -1);
});

test('ten thousand models are outlined in a moment', () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => row('models', `model-${index}`, { tags: { n: String(index) } }));
  const many = () => ({ rows, total: rows.length, loaded: true, trouble: null });
  outline(['models'], many, new Set(), 'model-9');
  const began = performance.now();
  assert.equal(outline(['models'], many, new Set(), 'model-99').length, 112);
  assert.ok(performance.now() - began < 200);
});

test('a run without a name goes by its experiment and number', () => {
  assert.deepEqual(lineOf(row('runs', 'exp_17_ab', { about: 'exp 4 · 1.2 s' })), { name: 'exp 4', about: '1.2 s' });
  assert.equal(lineOf(row('pipelines', 'ab-cd', { type: 'run', about: 'exp 4' })).name, 'exp 4');
  assert.equal(lineOf({ ...row('runs', 'exp_17_ab', { about: 'exp 4' }), name: 'tuned' }).name, 'tuned');
  assert.equal(lineOf(row('models', 'iris', { about: 'a · b' })).name, 'iris');
});
