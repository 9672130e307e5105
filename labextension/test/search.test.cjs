const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Flapping } = require('../lib-test/model/flapping.js');
const { marked, wordsOf } = require('../lib-test/model/search.js');

test('words in quotation marks stay together', () => {
  assert.deepEqual(wordsOf('  Iris "two words" x:y '), ['iris', 'two words', 'x:y']);
  assert.deepEqual(wordsOf('   '), []);
});

test('what was searched for is marked, and no letter is lost', () => {
  assert.deepEqual(marked('Iris-service', ['iris', 'vi']), [
    { text: 'Iris', hit: true },
    { text: '-ser', hit: false },
    { text: 'vi', hit: true },
    { text: 'ce', hit: false }
  ]);
  for (const text of ['', 'abc', 'İstanbul', '<b>']) {
    assert.equal(marked(text, ['b', 'i']).map(part => part.text).join(''), text);
  }
});

test('a service that changes its state again and again is told of once in a while', () => {
  let now = 0;
  const flapping = new Flapping(() => now);
  const counts = [0, 1, 2, 3, 4].map(second => {
    now = second * 1000;
    flapping.count('a');
    return flapping.times('a');
  });
  assert.deepEqual(counts, [0, 0, 0, 4, 5]);
  assert.equal(flapping.times('b'), 0);
  now = 62_500;
  assert.equal(flapping.times('a'), 0);
  flapping.count('a');
  assert.equal(flapping.times('a'), 0);
});

test('a service that is deployed again and again, and runs each time, does not flap', () => {
  const flapping = new Flapping(() => 0);
  for (const _ of [1, 2, 3, 4, 5, 6]) {
    flapping.ended('a', 'running');
  }
  assert.equal(flapping.times('a'), 0);
  for (const state of ['failed', 'running', 'failed', 'running']) {
    flapping.ended('a', state);
  }
  assert.equal(flapping.times('a'), 4);
});
