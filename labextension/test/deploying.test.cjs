const assert = require('node:assert/strict');
const { test } = require('node:test');
const { authsOf, deploymentOf, takenNames } = require('../lib-test/deploy/plan.js');
const { amountFault, freeName, nameFault, nameLike } = require('../lib-test/deploy/rules.js');

const trans = { __: (text, ...values) => text.replace(/%(\d)/g, (_, place) => values[place - 1]) };
const PLAN = {
  model: 'iris:2', name: 'iris-service', named: false, compute: 'aci', script: '', wholeFolder: false,
  environment: '', cpu: '', memory: '', auth: 'key'
};

test('names are told to be wrong, with one that is right', () => {
  assert.match(nameFault('Iris_Service!', new Set(), trans), /For example: iris-service$/);
  assert.match(nameFault('9a', new Set(), trans), /begins with a letter and ends with a letter or a digit\.$/);
  assert.match(nameFault('iris', new Set(['iris']), trans), /already/);
  assert.equal(nameFault('iris-2', new Set(['iris']), trans), null);
  assert.equal(nameFault('a'.repeat(33), new Set(), trans).includes('3 to 32'), true);
});

test('a name that is offered is one that is taken', () => {
  for (const model of ['iris:2', '2020_Sales.Model:1', 'x:1', '....:1', 'M'.repeat(200)]) {
    assert.equal(nameFault(freeName(model, new Set()), new Set(), trans), null, model);
  }
  assert.equal(freeName('iris:2', new Set(['iris-service', 'iris-service-2'])), 'iris-service-3');
  assert.equal(nameLike('?'), '');
});

test('local services have names of their own', () => {
  const services = [{ id: 'one@local', name: 'one' }, { id: 'two', name: 'two' }];
  assert.deepEqual([...takenNames(services, 'local')], ['one']);
  assert.deepEqual([...takenNames(services, 'aks:big')], ['two']);
});

test('nothing is sent of what a target does not have', () => {
  assert.deepEqual(deploymentOf({ ...PLAN, compute: 'local', cpu: '1', environment: 'env:1' }), {
    name: 'iris-service', compute: 'local', entry_script: null
  });
  assert.deepEqual(deploymentOf({ ...PLAN, script: 'deep/er/score.py', environment: 'env:1', cpu: '0.5', memory: '1' }), {
    name: 'iris-service', compute: 'aci', entry_script: 'deep/er/score.py', environment: 'env:1', auth: 'key', cpu: 0.5, memory_gb: 1
  });
});

test('a whole folder goes along with its script', () => {
  const folder = script => {
    const { source_directory, entry_script } = deploymentOf({ ...PLAN, script, wholeFolder: true });
    return [source_directory, entry_script];
  };
  assert.deepEqual(folder('deep/er/score.py'), ['deep/er', 'score.py']);
  assert.deepEqual(folder('score.py'), ['.', 'score.py']);
});

test('amounts are numbers, or left to the default', () => {
  assert.deepEqual(['', ' ', '0.1', '2'].map(text => amountFault(text, trans)), [null, null, null, null]);
  assert.equal(['0', '-1', 'x', '1,5'].every(text => amountFault(text, trans)), true);
});

test('each target begins with its own authentication', () => {
  assert.deepEqual(['local', 'aci', 'aks:big'].map(compute => authsOf(compute)[0]), ['none', 'none', 'key']);
});
