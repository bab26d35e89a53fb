// Drives the judge over HTTP, with Node alone: orders a judgement, runs the client through every story, hands in what
// came of it, and prints the verdict. To judge a client of your own so, take its place in `task`.
//
//   node judged.mjs http://127.0.0.1:8080/_mock

import { Echo360Client } from './echo360.mjs';

const AT_A_TIME = 4;

async function call(method, url, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

// What the client makes of a task: rows, or an error.
async function task({ base_url: baseUrl, credentials, poll, timeout, report, start, end, options }) {
  const { client_id: clientId, client_secret: clientSecret } = credentials;
  const client = new Echo360Client({ baseUrl, clientId, clientSecret, poll, timeout });
  try {
    return { rows: await client.fetch(report, start, end, options) };
  } catch (error) {
    return { error: { message: error.message, kind: error.constructor.name } };
  }
}

// Stories, one after the other, until all are told.
async function stories({ links }) {
  for (;;) {
    let story = await call('POST', links.cases);
    if (story === null) return;
    while (story.state === 'open') story = await call('POST', story.links.result, await task(story.task));
    const wrong = story.findings.filter((finding) => !finding.passed);
    console.log(`${wrong.length ? 'FAIL' : 'pass'}  ${story.story}`);
    for (const { rule, what, requests } of wrong) console.log(`  ${rule}: ${what}\n  ${requests.join('\n  ')}`);
  }
}

const judgement = await call('POST', `${process.argv[2]}/judge`, { vendor: 'echo360', can: ['options'] });
await Promise.all(Array.from({ length: AT_A_TIME }, () => stories(judgement)));
const verdict = await call('GET', judgement.links.verdict);
await call('DELETE', judgement.links.verdict);
for (const { rule, verdict: word } of verdict.rules) console.log(`${word.padEnd(14)}${rule}`);
console.log(`echo360: ${verdict.passed ? 'passed' : 'FAILED'}`);
process.exitCode = verdict.passed ? 0 : 1;
