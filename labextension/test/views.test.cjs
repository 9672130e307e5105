const assert = require('node:assert/strict');
const { test } = require('node:test');
const { bytes, duration } = require('../lib-test/common/format.js');
const { faultOf } = require('../lib-test/detail/compute/errors.js');
const { quotasOf } = require('../lib-test/detail/compute/quota.js');
const { layoutOf, WIDTH } = require('../lib-test/detail/pipeline/layout.js');
const { shapesOf } = require('../lib-test/detail/run/metricShapes.js');
const { parsed, written } = require('../lib-test/detail/shared/values.js');

function graph(edges, names = [...new Set(edges.flat())]) {
  return { nodes: names.map(id => ({ id, name: id, kind: 'step', state: null, tone: 'none' })), edges };
}

const placed = layout => Object.fromEntries(layout.steps.map(step => [step.node.id, step]));

test('every step is below those that it waits for', () => {
  const edges = [['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd'], ['a', 'd']];
  const steps = placed(layoutOf(graph(edges)));
  for (const [from, to] of edges) {
    assert.ok(steps[from].y < steps[to].y, `${from} ${to}`);
  }
  assert.equal(steps.b.y, steps.c.y);
  assert.ok(Math.abs(steps.b.x - steps.c.x) >= WIDTH);
});

test('a line leads past the steps between its ends', () => {
  const layout = layoutOf(graph([['a', 'b'], ['b', 'c'], ['a', 'c']]));
  const { b } = placed(layout);
  const line = layout.lines.find(each => each.from === 'a' && each.to === 'c');
  const down = Number(/ (\d+(?:\.\d+)?) [\d.]+V/.exec(line.path)[1]);
  assert.ok(down < b.x || down > b.x + WIDTH, `${down} is within ${b.x}`);
});

test('rings, loops, unknown steps and no steps end', () => {
  assert.equal(layoutOf(graph([['a', 'b'], ['b', 'a'], ['a', 'a'], ['a', 'gone']], ['a', 'b'])).steps.length, 2);
  assert.equal(layoutOf(graph([])).steps.length, 0);
});

test('three hundred steps are laid out at once', () => {
  const edges = Array.from({ length: 299 }, (_, index) => [`s${index >> 1}`, `s${index + 1}`]);
  const began = Date.now();
  assert.equal(layoutOf(graph(edges)).steps.length, 300);
  assert.ok(Date.now() - began < 2000);
});

function metric(kind, values, steps = values.map((_, index) => index)) {
  return { name: 'm', kind, values, steps };
}

test('numbers that were logged more than once are a curve, in the order of their steps', () => {
  const { curves, values } = shapesOf([metric('scalar', [3, 1, 'NaN'], [20, 10, 30]), metric('scalar', [5]), metric('scalar', ['a', 'b'])]);
  assert.deepEqual(curves, [{ name: 'm', at: [10, 20, 30], values: [1, 3, null] }]);
  assert.deepEqual(values.map(each => each.value), [5, 'a, b']);
});

test('rows and tables are grids, whichever way they came', () => {
  const want = { name: 'm', columns: ['a', 'b'], rows: [[1, 'x'], [2, undefined]] };
  assert.deepEqual(shapesOf([metric('row', [{ a: 1, b: 'x' }, { a: 2 }])]).grids, [want]);
  assert.deepEqual(shapesOf([metric('table', [{ a: [1, 2], b: ['x'] }])]).grids, [want]);
});

test('a confusion matrix that is none is shown as it is', () => {
  const good = { schema_type: 'confusion_matrix', data: { class_labels: ['a', 'b'], matrix: [[1, 0], [0, 2]] } };
  assert.deepEqual(shapesOf([metric('confusion_matrix', [good])]).confusions, [{ name: 'm', labels: ['a', 'b'], matrix: [[1, 0], [0, 2]] }]);
  assert.equal(shapesOf([metric('confusion_matrix', [{ data: {} }])]).others.length, 1);
  assert.deepEqual(shapesOf([metric('image', ['a.png'])]), { curves: [], values: [], grids: [], confusions: [], others: [] });
});

test('errors of compute are told with codes and details', () => {
  const told = { error: { code: 'BadRequest', message: 'no', details: [{ code: 'QuotaExceeded', message: 'too many' }] } };
  assert.deepEqual(faultOf(told), {
    code: 'BadRequest', message: 'no', details: [{ code: 'QuotaExceeded', message: 'too many', details: [] }]
  });
  assert.deepEqual(faultOf('why'), { code: null, message: 'why', details: [] });
});

test('quotas are told in every form', () => {
  assert.deepEqual(quotasOf([{ name: 'cores', used: 4, limit: 100 }]), [{ name: 'cores', used: 4, limit: 100 }]);
  assert.deepEqual(quotasOf(null), []);
  assert.deepEqual(quotasOf([{ name: { value: 'D' }, currentValue: 1, limit: 9 }]), [{ name: 'D', used: 1, limit: 9 }]);
});

test('what is typed is of the kind of the default, and what is written is read again', () => {
  for (const value of [1, 0.5, 'a', '1', true, { a: [1] }]) {
    assert.deepEqual(parsed(written(value), value), value);
  }
  assert.equal(parsed('x', 1), 'x');
});

test('sizes and times are as people read them', () => {
  assert.deepEqual([0, 999, 1000, 1234567, 99.6e6].map(bytes), ['0 B', '999 B', '1 kB', '1.2 MB', '100 MB']);
  assert.deepEqual([0.421, 12, 120, 125, 3720, -1, null].map(duration), ['0.42 s', '12 s', '2 min', '2 min 05 s', '1 h 02 min', '', '']);
});
