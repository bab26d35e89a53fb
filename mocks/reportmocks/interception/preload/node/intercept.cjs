'use strict';
// Leads a Node client to the mocks when it does not ask for a proxy: Node's own `fetch` and `https` before version
// 24 do not. Loaded by every Node process below `reportmocks run`, before the program's own first line. Connections
// to the vendors' names go to the proxy, all others but this machine's and those that are let through are refused.

const told = process.env.REPORTMOCKS_INTERCEPT && JSON.parse(process.env.REPORTMOCKS_INTERCEPT);

function intercept({ port, hosts, allowed, absent, refusals }) {
  const net = require('node:net');
  const { appendFileSync } = require('node:fs');
  const ours = new Set(hosts);
  const patterns = allowed.map(asPattern);
  const connect = net.Socket.prototype.connect;

  function asPattern(text) {
    const escaped = text.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
    return new RegExp(`^${escaped}$`);
  }

  function plain(host) {
    return String(host).replace(/^\[|\]$/g, '').replace(/\.$/, '').toLowerCase();
  }

  function isHere(name) {
    return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || name === '::'
      || name === '0.0.0.0' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(name);
  }

  function refuse(name) {
    try {
      appendFileSync(refusals, `${name}\n`);
    } catch {
      // the run is over
    }
    const text = absent[name]
      ?? `${name} is not a host of the mocked vendors; --allow-hosts ${name} would let it through`;
    return Object.assign(new Error(`reportmocks: ${text}`), { code: 'ECONNREFUSED', syscall: 'connect', hostname: name });
  }

  // `connect` takes (options), (path), (port, host), or the list that Node has made of one of them
  net.Socket.prototype.connect = function ledConnect(...given) {
    const [options, done] = Array.isArray(given[0]) ? given[0] : net._normalizeArgs(given);
    if (options.path !== undefined && options.port === undefined) return connect.apply(this, given);
    const name = plain(options.host ?? 'localhost');
    if (ours.has(name)) {
      const led = { ...options, host: '127.0.0.1', port, family: 4, lookup: undefined };
      return done ? connect.call(this, led, done) : connect.call(this, led);
    }
    const isLetThrough = !(name in absent) && patterns.some((pattern) => pattern.test(name));
    if (isHere(name) || isLetThrough) return connect.apply(this, given);
    process.nextTick(() => this.destroy(refuse(name)));
    return this;
  };
}

if (told) intercept(told);
