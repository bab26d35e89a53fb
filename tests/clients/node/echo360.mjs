// A client of Echo360's reporting API that does everything right, with Node alone: a page to copy from.
//
//   node echo360.mjs videoview 2026-03-01 2026-03-08 rows.json
//
// ECHO360_BASE_URL, ECHO360_CLIENT_ID and ECHO360_CLIENT_SECRET say where, and as whom.

import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

const API = '/public/api/v1/reporting';
const DAY = 86_400_000;
const LONGEST = 7 * DAY; // the longest range of one request
const IN_FLIGHT = 3; // requests that may be Pending at one time
const MARGIN = 30_000; // milliseconds before its end at which a token is renewed
const TRIES = 8; // how often a call is made before its error is believed
const TRANSIENT = [429, 500, 502, 503, 504];
const PATIENCE = 60_000; // milliseconds for one answer

export class ReportError extends Error {}
class LateLink extends Error {}

export class Echo360Client {
  #token = '';
  #refreshToken = '';
  #renewAt = 0;

  // poll, the first pause between two looks, and timeout, how long to wait for a report, are in seconds
  constructor({ baseUrl, clientId, clientSecret, poll = 30, timeout = 6 * 3600 }) {
    Object.assign(this, { baseUrl, clientId, clientSecret, poll: poll * 1000, timeout: timeout * 1000 });
  }

  // The rows of a report from the day `start` up to but without the day `end`, however long that is.
  async fetch(report, start, end, output = {}) {
    const waiting = pieces(start, end);
    const flying = [];
    const rows = [];
    while (waiting.length || flying.length) {
      while (waiting.length && flying.length < IN_FLIGHT) {
        flying.push(await this.submit(report, waiting.shift(), output));
      }
      for (const row of await this.result(flying.shift())) rows.push(row);
    }
    return rows;
  }

  // Submit a request; wait for a slot where all are taken.
  async submit(report, parameters, output) {
    const deadline = Date.now() + this.timeout;
    for (;;) {
      const answer = await this.call('POST', `/requests/${report}`, { parameters, output });
      if (answer.status < 300) return { id: answer.json.requestId, report, parameters, output };
      if (!/inflight/i.test(answer.json?.error ?? '') || Date.now() > deadline) throw refused(answer);
      await sleep(this.poll);
    }
  }

  // The rows of a request, which is submitted once more if its report was deleted meanwhile.
  async result(request) {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const status = await this.wait(request);
      if (status.status === 'Available') return this.download(request, status.signedAssets);
      if (status.status !== 'Expired') throw new ReportError(`${request.report} is ${status.status}`);
      Object.assign(request, await this.submit(request.report, request.parameters, request.output));
    }
    throw new ReportError(`${request.report} is Expired again`);
  }

  // What has become of a request, once it is not Pending.
  async wait(request) {
    const deadline = Date.now() + this.timeout;
    for (let pause = this.poll; ; pause = Math.min(pause * 1.5, this.poll * 10)) {
      const status = await this.look(request);
      if (status.status !== 'Pending') return status;
      if (Date.now() + pause > deadline) throw new ReportError(`${request.report} is still Pending`);
      await sleep(pause);
    }
  }

  // How a request stands now, with freshly signed links.
  async look(request) {
    const answer = await this.call('GET', `/requests/${request.id}`);
    if (answer.status !== 200) throw refused(answer);
    return answer.json;
  }

  // The rows behind signed links; a late link is asked for anew, a damaged file fetched again.
  async download(request, links) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const files = [];
        for (const link of links) files.push(await this.file(link));
        return files.flatMap((file) => parsed(file, request.output));
      } catch (error) {
        if (attempt === TRIES) throw new ReportError(`the file of ${request.report} cannot be read: ${error.message}`);
        if (error instanceof LateLink) {
          const status = await this.look(request);
          if (status.status !== 'Available') return this.result(request);
          links = status.signedAssets;
        } else {
          await sleep(this.poll);
        }
      }
    }
  }

  // The bytes behind a signed link, used as it is and without credentials.
  async file(link) {
    const answer = await fetch(link, { signal: AbortSignal.timeout(PATIENCE) });
    const bytes = Buffer.from(await answer.arrayBuffer()); // fetch itself refuses one that ends early
    if (answer.status === 403 || answer.status === 404) throw new LateLink();
    if (!answer.ok) throw new Error(`the storage answers ${answer.status}`);
    return bytes;
  }

  // One call with a good token; a token that is refused is replaced once.
  async call(method, path, body) {
    for (const fresh of [false, true]) {
      const headers = { Authorization: `Bearer ${await this.token(fresh)}`, 'Content-Type': 'application/json' };
      const answer = await this.patiently(method, `${API}${path}`, { headers, body: body && JSON.stringify(body) });
      if (answer.status !== 401 || fresh) return answer;
    }
  }

  // An access token with some time to live: by the refresh token of the last one, or else by the credentials.
  async token(fresh) {
    if (fresh || !this.#token || Date.now() >= this.#renewAt) {
      const granted = (await this.refreshed()) ?? (await this.granted());
      this.#token = granted.access_token;
      this.#refreshToken = granted.refresh_token;
      this.#renewAt = Date.now() + granted.expires_in * 1000 - MARGIN;
    }
    return this.#token;
  }

  // A token for the refresh token. It works once, so that one whose answer was lost is not tried again.
  async refreshed() {
    if (!this.#refreshToken) return null;
    const body = new URLSearchParams({
      grant_type: 'refresh_token', client_id: this.clientId, refresh_token: this.#refreshToken,
    });
    this.#refreshToken = '';
    const answer = await this.patiently('POST', '/oauth2/access_token', { body }, 1).catch(() => null);
    return answer?.status === 200 ? answer.json : null;
  }

  // A token for the credentials.
  async granted() {
    const body = new URLSearchParams({
      grant_type: 'client_credentials', client_id: this.clientId, client_secret: this.clientSecret,
    });
    const answer = await this.patiently('POST', '/oauth2/access_token', { body });
    if (answer.status !== 200) throw refused(answer);
    return answer.json;
  }

  // One request; what is only for now (429, 5xx, no connection) is tried again.
  async patiently(method, path, options, tries = TRIES) {
    for (let attempt = 1; ; attempt += 1) {
      let pause = this.poll * 2 ** (attempt - 1);
      try {
        const signal = AbortSignal.timeout(PATIENCE);
        const answer = await fetch(`${this.baseUrl}${path}`, { method, signal, ...options });
        const text = await answer.text();
        if (!TRANSIENT.includes(answer.status) || attempt === tries) {
          return { method, status: answer.status, text, json: asJson(text) };
        }
        pause = Number(answer.headers.get('Retry-After') ?? pause / 1000) * 1000;
      } catch (error) {
        if (attempt === tries) throw new ReportError(`${method}: ${error.cause?.code ?? error.name}`);
      }
      await sleep(pause);
    }
  }
}

// The range in parts that are short enough: each starts where the one before ends.
function pieces(start, end) {
  const parts = [];
  const last = Date.parse(end);
  for (let at = Date.parse(start); at < last; at += LONGEST) {
    parts.push({ start: day(at), end: day(Math.min(at + LONGEST, last)) });
  }
  return parts;
}

function day(at) {
  return new Date(at).toISOString().slice(0, 10);
}

// The rows of a file, decompressed if it was asked for so.
function parsed(bytes, output) {
  const text = (output.compression === false ? bytes : gunzipSync(bytes)).toString('utf8');
  const [header, ...lines] = cells(text, output.delimiter ?? ',');
  return lines.map((line) => {
    if (line.length !== header.length) throw new Error('a line has another number of cells than the header');
    return Object.fromEntries(header.map((name, place) => [name, line[place]]));
  });
}

// The cells of each line, as RFC 4180 has it: a quoted cell may hold anything, and two quotes are one.
function cells(text, delimiter) {
  const lines = [];
  let line = [];
  for (let at = 0; at < text.length;) {
    let cell;
    if (text[at] === '"') {
      let end = at + 1;
      for (;;) {
        end = text.indexOf('"', end);
        if (end < 0) throw new Error('a quoted cell has no end');
        if (text[end + 1] !== '"') break;
        end += 2;
      }
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '\r' && text[at] !== '\n') at += 1;
      cell = text.slice(start, at);
    }
    line.push(cell);
    if (text[at] === delimiter) {
      at += 1;
      if (at === text.length) line.push('');
    } else {
      if (text[at] === '\r') at += 1;
      if (text[at] === '\n') at += 1;
      lines.push(line);
      line = [];
    }
  }
  if (line.length) lines.push(line);
  return lines;
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The error for an answer that is a refusal; its URL is left out, since it may hold a secret.
function refused({ method, status, text }) {
  return new ReportError(`${method}: ${status} ${text.slice(0, 200)}`);
}

async function main([report, start, end, output, options = '{}', poll = '30', timeout = '21600']) {
  const { ECHO360_BASE_URL: baseUrl, ECHO360_CLIENT_ID: clientId, ECHO360_CLIENT_SECRET: clientSecret } = process.env;
  const client = new Echo360Client({ baseUrl, clientId, clientSecret, poll: Number(poll), timeout: Number(timeout) });
  try {
    writeFileSync(output, JSON.stringify(await client.fetch(report, start, end, JSON.parse(options))));
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    console.error(`ReportError: ${error.message}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
