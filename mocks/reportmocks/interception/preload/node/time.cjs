'use strict';
// Turns a Node client's timers into moving the mocks' clock, and lets it read their time. Loaded by every Node process
// below `reportmocks run`, before the program's own first line.
//
// When nothing is under way, and nothing has happened for a moment, the control API is asked to advance the clock to
// the next timer that keeps the process alive; the timers that are due then are called in the order of their time.
// `Date`, `performance.now` and `process.hrtime` tell the wall clock and all that was waited so. The limits that Node
// itself sets to sockets are timers of another kind, and stay on the wall clock.

const told = process.env.REPORTMOCKS_TIME && JSON.parse(process.env.REPORTMOCKS_TIME);

const SHORT = 250; // milliseconds below which a timer is left alone: somebody looks again and again
const SETTLE = 5; // milliseconds without anything happening before the clock is moved
const UNDER_WAY = 10_000; // milliseconds for which a request without an answer counts as being under way
const LONGEST = 2 ** 31 - 1; // milliseconds; Node takes more for 1
const AT_WORK = /^(FSReq|FileHandle|GetAddrInfo|GetNameInfo|QueryReq|Process|Worker|Zlib|TCPConnect|PipeConnect|Immediate)/;

const OURS = Symbol('reportmocks: our own connection');
const ENTRY = Symbol('reportmocks: what is known of a timer');

const { setTimeout, setInterval, setImmediate, clearTimeout, Date: RealDate } = globalThis;
const { hrtime } = process;
const realNow = performance.now.bind(performance);

// The milliseconds waited so far, in a file that all processes of a run share.
class Waited {
  constructor(path) {
    this.fs = require('node:fs');
    this.file = this.fs.openSync(path, 'r+');
    this.bytes = new DataView(new ArrayBuffer(8));
  }

  get() {
    this.fs.readSync(this.file, this.bytes, 0, 8, 0);
    return this.bytes.getFloat64(0, true) * 1000;
  }

  add(milliseconds) {
    this.bytes.setFloat64(0, (this.get() + milliseconds) / 1000, true);
    this.fs.writeSync(this.file, this.bytes, 0, 8, 0);
  }
}

// What is under way in this process.
class Traffic {
  constructor(net) {
    this.asked = new Map();
    this.last = 0;
    this.note(net.Socket.prototype, ['connect', '_write', '_writev'], (socket) => this.asked.set(socket, this.last));
    this.note(net.Socket.prototype, ['push', '_destroy'], (socket) => this.asked.delete(socket));
  }

  note(prototype, names, change) {
    const traffic = this;
    for (const name of names) {
      const method = prototype[name];
      prototype[name] = function noted(...given) {
        traffic.last = realNow();
        if (!this[OURS]) change(this);
        return method.apply(this, given);
      };
    }
  }

  isQuiet() {
    const now = realNow();
    if (now - this.last < SETTLE) return false;
    for (const [socket, asked] of this.asked) if (now - asked > UNDER_WAY) this.asked.delete(socket);
    const active = process.getActiveResourcesInfo?.() ?? [];
    return this.asked.size === 0 && !active.some((kind) => AT_WORK.test(kind));
  }
}

// A timer of the client's. Node's own is behind it, so that it goes off on the wall clock where nobody moves the other.
class Entry {
  constructor(shim, callback, delay, given, repeats) {
    Object.assign(this, { shim, callback, delay, given, repeats });
    this.timer = (repeats ? setInterval : setTimeout)(() => this.goOff(), delay);
    this.timer[ENTRY] = this;
    const { refresh, close } = this.timer;
    this.restart = refresh.bind(this.timer);
    this.timer.refresh = () => this.refresh();
    this.timer.close = () => {
      this.end();
      return close.call(this.timer);
    };
    this.begin();
  }

  begin() {
    this.wake = this.shim.passed() + this.delay;
    this.shim.waiting.add(this);
    this.shim.look();
  }

  end() {
    this.shim.waiting.delete(this);
  }

  refresh() {
    if (this.wasEarly) this.timer.ref();
    this.wasEarly = false;
    this.begin();
    return this.restart();
  }

  // the clock has been moved to it, or past it
  goOffEarly() {
    if (!this.shim.waiting.has(this)) return; // another has cleared it
    if (this.repeats) {
      this.restart();
    } else {
      this.wasEarly = this.timer.hasRef();
      this.timer.unref(); // Node's own is still there, but nobody waits for it
    }
    this.goOff();
  }

  goOff() {
    if (!this.shim.waiting.has(this)) return;
    if (this.repeats) this.wake += this.delay;
    else this.end();
    this.callback.apply(this.timer, this.given);
  }
}

class Shim {
  constructor({ state, control, target, token, ahead }) {
    this.http = require('node:http');
    this.net = require('node:net');
    this.waited = new Waited(state);
    this.traffic = new Traffic(this.net);
    this.ahead = ahead * 1000;
    this.waiting = new Set();
    this.works = true;
    this.looks = false;
    const [host, port] = control;
    const createConnection = () => Object.assign(new this.net.Socket(), { [OURS]: true }).connect({ host, port });
    const authorization = token ? { Authorization: `Bearer ${token}` } : {};
    const headers = { Host: 'localhost', Connection: 'close', ...authorization };
    this.call = { method: 'POST', path: target, headers, createConnection };
  }

  passed() {
    return realNow() + this.waited.get();
  }

  now() {
    return RealDate.now() + this.waited.get() + this.ahead;
  }

  timer(callback, delay, given, repeats) {
    const size = delay >= 1 && delay <= LONGEST ? Math.trunc(delay) : 1;
    if (!this.works || size < SHORT || typeof callback !== 'function') {
      return (repeats ? setInterval : setTimeout)(callback, delay, ...given);
    }
    return new Entry(this, callback, size, given, repeats).timer;
  }

  clear(timer) {
    const isId = typeof timer === 'number' || typeof timer === 'string';
    const entry = isId ? [...this.waiting].find((each) => `${+each.timer}` === `${timer}`) : timer?.[ENTRY];
    entry?.end();
    return clearTimeout(timer);
  }

  // See, until there is nothing to wait for, whether the clock can be moved.
  look() {
    if (this.looks || !this.works) return;
    this.looks = true;
    const again = () => {
      const next = this.next();
      if (!next) this.looks = false;
      else if (this.traffic.isQuiet()) this.advance(next.wake, again);
      else setTimeout(again, SETTLE).unref();
    };
    setTimeout(again, SETTLE).unref();
  }

  // The next timer that keeps the process alive.
  next() {
    let first;
    for (const entry of this.waiting) {
      if (entry.timer.hasRef() && !(first && first.wake <= entry.wake)) first = entry;
    }
    return first;
  }

  advance(wake, then) {
    const left = wake - this.passed();
    const body = JSON.stringify({ advance: `${Math.max(Math.round(left), 1)}ms` });
    const request = this.http.request(this.call, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode !== 200) this.works = false; // its clock is at its end: time passes as it does
        else this.waited.add(Math.max(left, 0));
        this.goOff(then);
      });
    });
    request.on('error', () => { this.works = false; }); // the run is over
    request.setHeader('Content-Length', Buffer.byteLength(body));
    request.end(body);
  }

  // Call the timers that are due, each from the loop as Node would, and go on when they have been.
  goOff(then) {
    const at = this.passed() + 0.5;
    const due = [...this.waiting].filter((entry) => entry.wake <= at).sort((one, other) => one.wake - other.wake);
    for (const entry of due) setImmediate(() => entry.goOffEarly());
    if (this.works) setTimeout(then, SETTLE).unref();
  }
}

function changeTimers(shim) {
  const timers = require('node:timers');
  const promises = require('node:timers/promises');
  const { promisify } = require('node:util');
  const led = {
    setTimeout: (callback, delay, ...given) => shim.timer(callback, delay, given, false),
    setInterval: (callback, delay, ...given) => shim.timer(callback, delay, given, true),
    clearTimeout: (timer) => shim.clear(timer),
    clearInterval: (timer) => shim.clear(timer),
  };
  function sleep(delay, value, { signal, ref = true } = {}) {
    return new Promise((resolve, reject) => {
      const abort = () => {
        shim.clear(timer);
        reject(Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
          name: 'AbortError', code: 'ABORT_ERR',
        }));
      };
      const timer = led.setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, delay);
      if (!ref) timer.unref();
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
  led.setTimeout[promisify.custom] = sleep;
  Object.assign(globalThis, led);
  Object.assign(timers, led);
  promises.setTimeout = sleep;
  promises.scheduler.wait = (delay, options) => sleep(delay, undefined, options);
}

function changeClocks(shim) {
  globalThis.Date = new Proxy(RealDate, {
    construct: (kind, given, target) => Reflect.construct(kind, given.length ? given : [shim.now()], target),
    apply: () => new RealDate(shim.now()).toString(),
    get: (kind, name) => (name === 'now' ? () => Math.floor(shim.now()) : Reflect.get(kind, name)),
  });
  performance.now = () => shim.passed();
  const bigint = () => hrtime.bigint() + BigInt(Math.round(shim.waited.get() * 1e6));
  const led = (before) => {
    const now = bigint();
    const since = before ? now - (BigInt(before[0]) * 1_000_000_000n + BigInt(before[1])) : now;
    return [Number(since / 1_000_000_000n), Number(since % 1_000_000_000n)];
  };
  process.hrtime = Object.assign(led, { bigint });
}

if (told) {
  const shim = new Shim(told);
  changeTimers(shim);
  changeClocks(shim);
  require('node:module').syncBuiltinESMExports();
}
