const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Rows } = require('../lib-test/model/rows.js');

function row(kind, id, more = {}) {
  return { kind, id, name: id.split(':')[0], version: null, state: null, tone: 'none', about: '', created: null, at: 10, tags: {}, ...more };
}

const ids = rows => rows.rows.map(each => each.id);

test('names are in order as people count', () => {
  const rows = new Rows('models');
  rows.list([row('models', 'm10:1'), row('models', 'M2:1'), row('models', 'm1:1')], 3);
  assert.deepEqual(ids(rows), ['m1:1', 'M2:1', 'm10:1']);
});

test('the newest run is first', () => {
  const rows = new Rows('runs');
  rows.list([row('runs', 'a', { created: '2026-01-01' }), row('runs', 'b', { created: '2026-01-02' })], 700);
  assert.deepEqual(ids(rows), ['b', 'a']);
  assert.equal(rows.total, 700);
});

test('what is pushed takes the place of what was there', () => {
  const rows = new Rows('services');
  rows.list([row('services', 'a', { state: 'Transitioning' })], 1);
  const before = rows.change('a', row('services', 'a', { state: 'Healthy', at: 20 }), 20);
  assert.equal(before.state, 'Transitioning');
  assert.equal(rows.get('a').state, 'Healthy');
  rows.change('b', row('services', 'b'), 20);
  assert.deepEqual([ids(rows), rows.total], [['a', 'b'], 2]);
  rows.change('a', null, 30);
  assert.deepEqual([ids(rows), rows.total], [['b'], 1]);
});

test('what comes late changes nothing', () => {
  const rows = new Rows('services');
  rows.list([row('services', 'a', { state: 'Healthy', at: 20 })], 1);
  rows.change('a', row('services', 'a', { state: 'Transitioning', at: 10 }), 10);
  assert.equal(rows.get('a').state, 'Healthy');
});

test('a model has one row, whose version goes forth and back', () => {
  const rows = new Rows('models');
  rows.list([row('models', 'iris:1', { at: 1 })], 1);
  rows.change('iris:2', row('models', 'iris:2', { at: 2 }), 2);
  rows.change('iris:1', null, 2);
  assert.deepEqual(ids(rows), ['iris:2']);
  rows.change('iris:1', row('models', 'iris:1', { at: 1 }), 1);
  rows.change('iris:2', null, 3);
  assert.deepEqual(ids(rows), ['iris:1']);
  rows.change('iris:1', null, 4);
  assert.deepEqual(ids(rows), []);
});

test('the same array until something changes', () => {
  const rows = new Rows('services');
  rows.list([row('services', 'a')], 1);
  const first = rows.rows;
  assert.equal(rows.rows, first);
  rows.change('nothing', null, 1);
  assert.equal(rows.rows, first);
});
