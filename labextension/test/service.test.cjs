const assert = require('node:assert/strict');
const { test } = require('node:test');
const { scaleOf, ticksOf, timesOf } = require('../lib-test/common/chartScale.js');
const { levelOf, LogWindow } = require('../lib-test/common/logLines.js');
const { changed } = require('../lib-test/detail/service/changes.js');
const { joined } = require('../lib-test/detail/service/figures.js');
const { told } = require('../lib-test/detail/service/requestLog.js');
const { fault, inputSchema, pretty, readable, sample } = require('../lib-test/detail/service/sending.js');
const { columnsOf, isTable, like, read, withCell } = require('../lib-test/detail/service/table.js');

const bytes = text => Buffer.byteLength(text);
const part = (from, text) => ({ from, to: from + bytes(text), text });
const texts = log => log.lines.map(line => line.text);

test('a log is put together from parts that end anywhere', () => {
  const whole = 'one\nzwei – drei\n\nfour\nfive';
  for (let first = 0; first <= whole.length; first++) {
    const log = new LogWindow();
    const [begin, rest] = [whole.slice(0, first), whole.slice(first)];
    log.begin(part(100, begin));
    assert.ok(log.append(part(100 + bytes(begin), rest)));
    assert.deepEqual(texts(log), ['one', 'zwei – drei', '', 'four', 'five']);
    assert.equal(log.to, 100 + bytes(whole));
  }
});

test('a part that does not join on is refused', () => {
  const log = new LogWindow();
  log.begin(part(0, 'one\n'));
  assert.equal(log.append(part(0, 'new file\n')), false);
  assert.equal(log.append(part(9, 'after a gap\n')), false);
  assert.deepEqual(texts(log), ['one']);
});

test('only some thousand lines are kept, and it is known where they begin and end', () => {
  const line = index => `line ${index} – é\n`;
  const text = (from, to) => Array.from({ length: to - from }, (_, index) => line(from + index)).join('');
  const log = new LogWindow();
  log.begin(part(0, text(0, 4000)));
  log.append(part(log.to, text(4000, 9000)));
  assert.equal(log.lines.length, 5000);
  assert.equal(log.from, bytes(text(0, 4000)));
  assert.equal(log.to, bytes(text(0, 9000)));
  const keys = new Set(log.lines.map(each => each.key));

  const earlier = text(3000, 4000);
  assert.equal(log.prepend(part(log.from - bytes(earlier), earlier)), true);
  assert.equal(log.lines.length, 5000);
  assert.equal(log.from, bytes(text(0, 3000)));
  assert.equal(log.to, bytes(text(0, 8000)));
  assert.equal(log.lines.filter(each => keys.has(each.key)).length, 4000);
  assert.equal(new Set(log.lines.map(each => each.key)).size, 5000);
});

test('lines have the levels of their messages', () => {
  const lines = [
    ['2026-01-02 03:04:05,678 I [12] azmlinfsrv - ready', 'info'],
    ['scoring 3 rows', 'none'],
    ['2026-01-02 03:04:05,678 E [12] azmlinfsrv - run() raised', 'error'],
    ['score.py, line 3', 'error'],
    ['-->   3     rows[9]', 'error'],
    ['Traceback (most recent call last):', 'error'],
    ['  File "score.py", line 3, in run', 'error'],
    ["KeyError: 'data'", 'error'],
    ['printed by the script', 'none'],
    ['WARNING:root:old', 'warning'],
    ['10:00 DEBUG x', 'debug'],
    ['no INFORMATION here', 'none']
  ];
  let level = 'none';
  for (const [text, wanted] of lines) {
    level = levelOf(text, level);
    assert.equal(level, wanted, text);
  }
});

test('what colours terminals, progress bars and endless lines are not drawn as they come', () => {
  const log = new LogWindow();
  log.begin(part(0, `\x1b[31mred\x1b[0m\r\n10%\r100%\n${'x'.repeat(50_000)}\n`));
  assert.deepEqual(texts(log).slice(0, 2), ['red', '100%']);
  assert.ok(texts(log)[2].length < 9000);
});

test('the reason of a failed request is the error before its line', () => {
  const log = [
    '2026-01-02 03:04:05,678 E [12] azmlinfsrv - an older one',
    '2026-01-02 03:04:05,679 I [12] azmlinfsrv - POST /score 500 1ms 92 first',
    '2026-01-02 03:04:06,678 E [12] azmlinfsrv - score.py, line 3: run() raised',
    'Traceback (most recent call last):',
    "KeyError: 'data'",
    '2026-01-02 03:04:06,679 I [12] azmlinfsrv - POST /score 500 1ms 92 second',
    '2026-01-02 03:04:07,679 I [12] azmlinfsrv - POST /score 200 1ms 92 third'
  ];
  assert.deepEqual(told(log.join('\n'), 'second'), log.slice(2, 5));
  assert.deepEqual(told(log.join('\n'), 'first'), log.slice(0, 1));
  assert.deepEqual(told('', null), []);
});

test('axes have round numbers that hold all values', () => {
  assert.deepEqual(scaleOf([0.2, 2.7], true).ticks, [0, 1, 2, 3]);
  assert.deepEqual(scaleOf([], true).ticks.length > 1, true);
  assert.deepEqual(scaleOf([1], true, true).ticks, [0, 1]);
  const loose = scaleOf([99.5, 99.9], false);
  assert.ok(loose.from >= 99 && loose.from <= 99.5 && loose.to >= 99.9);
  assert.deepEqual(ticksOf(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.ok(timesOf(1_700_000_001, 1_700_000_301, 4).every(time => time % 60 === 0));
});

test('newer figures take the place of those of the same moments', () => {
  const of = (at, value) => ({ at, requests: at.map(() => value), errors: at, p50: at, p99: at, replicas: at });
  const result = joined(of([1, 2, 3, 4], 1), of([4, 5], 2), 3);
  assert.deepEqual(result.at, [3, 4, 5]);
  assert.deepEqual(result.requests, [1, 2, 2]);
  assert.deepEqual(joined(of([1], 1), of([], 2), 3).at, [1]);
});

test('a request begins with the example of the service', () => {
  const items = { type: 'array', items: { type: 'number' } };
  const schema = { type: 'object', properties: { data: { type: 'array', items } }, example: { data: [[1.5, 2]] } };
  const two = { swagger: { definitions: { ServiceInput: schema } } };
  assert.equal(sample(two), '{\n  "data": [\n    [1.5, 2]\n  ]\n}');
  assert.equal(inputSchema({ swagger: { components: { schemas: { ServiceInput: schema } } } }), schema);
  for (const swagger of [null, {}, { definitions: { ServiceInput: { type: 'object', example: {} } } }]) {
    assert.equal(inputSchema({ swagger }), null);
    assert.deepEqual(JSON.parse(sample({ swagger })), { data: [[1, 2, 3, 4]] });
  }
});

test('JSON set out is the same JSON', () => {
  for (const value of [null, 0, '"</script>', [], {}, [[]], { a: [1, 'b', null] }, [{ a: {} }], 'x'.repeat(200).split('')]) {
    assert.deepEqual(JSON.parse(pretty(value)), value);
  }
  assert.equal(fault('{"a": 1}'), null);
  assert.ok(fault('{"a": }'));
  assert.equal(readable({ body: 'no JSON' }), 'no JSON');
});

test('rows of data are tables, whatever else is not', () => {
  const numbers = { type: 'array', items: { type: 'array', items: { type: 'number' } } };
  const records = { type: 'array', items: { type: 'object', properties: { a: { type: 'number' }, b: {} } } };
  assert.ok(isTable(numbers) && isTable(records));
  assert.ok(!isTable({ type: 'array', items: { type: 'number' } }));
  assert.ok(!isTable({ type: 'array', items: { type: 'array', items: { type: 'array' } } }));
  assert.deepEqual(columnsOf(numbers, [[1], [1, 2]]), ['0', '1']);
  assert.deepEqual(columnsOf(records, []), ['a', 'b']);
  assert.deepEqual(withCell([1, 2], '1', 5), [1, 5]);
  assert.deepEqual(withCell({ a: 1 }, 'b', 5), { a: 1, b: 5 });
  assert.deepEqual(like(undefined, ['a', 'b'], records), { a: null, b: null });
  assert.deepEqual(like([1, 2], ['0', '1'], numbers), [1, 2]);
});

test('a cell is a number where the schema wants one and one was written', () => {
  assert.equal(read('1.50', 'number'), 1.5);
  assert.equal(read('', 'number'), '');
  assert.equal(read('1e', 'number'), '1e');
  assert.equal(read('7', 'string'), '7');
});

test('only what was changed is told to the server', () => {
  const before = { models: 'iris:2', description: 'old', tags: 'a=1', entry_script: '' };
  assert.deepEqual(changed(before, { ...before }), {});
  const after = { models: 'iris:3, scaler', description: '', tags: 'a=1\nb\n = \nc=x=y', entry_script: ' score.py ' };
  assert.deepEqual(changed(before, after), {
    models: ['iris:3', 'scaler'],
    description: '',
    tags: { a: '1', b: '', c: 'x=y' },
    entry_script: 'score.py'
  });
});
