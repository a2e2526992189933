// The guards' page: reads a pass from the camera or from a pasted link, checks the enterprise's signature, and shows one of the answers
// that stand in the page. What it needs for that is in the page. Of one that the enterprise signed it asks the server, whose clock is
// right and which knows whether its owner has declared anew since; what that says counts, where it says anything in time. What a token holds stands in src/gate/token.rs.
'use strict';

const LIFE = 600; // seconds that a pass is good for
const AHEAD = 120; // seconds that the clocks may be apart
const PATIENCE = 3000; // milliseconds that the server has for its answer
const PURPOSE = new TextEncoder().encode('shenbao gate pass 1\0');
const VERDICTS = ['pass', 'ask', 'stop'];
const CLOCK = ['early', 'other-day', 'expired']; // what this phone's clock says, which may be wrong

const element = (id) => document.getElementById(id);
const gate = element('gate');
const key = publicKey();

function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
}

const number = (part) => part.reduce((sum, byte) => sum * 256 + byte, 0);
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** None where this browser has no Ed25519, or the page did not come by https. */
async function publicKey() {
  try {
    return await crypto.subtle.importKey('raw', bytes(gate.dataset.key), 'Ed25519', false, ['verify']);
  } catch {
    return null;
  }
}

/** Which of the answers is right for this text, and what to fill into it. */
async function judge(text) {
  const found = /\/g\/([\w-]{128})#([\w-]{12,400})$/.exec(text.trim());
  if (!found) return { result: 'unreadable' };
  const [token, tag] = [bytes(found[1]), bytes(found[2])];
  const [payload, signature] = [token.subarray(0, 32), token.subarray(32)];
  if (!same(payload.subarray(1, 9), bytes(gate.dataset.enterprise))) return { result: 'elsewhere' };
  const message = new Uint8Array([...PURPOSE, ...payload]);
  if (!(await crypto.subtle.verify('Ed25519', await key, signature, message))) return { result: 'forged' };
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', tag));
  const verdict = VERDICTS[payload[17]];
  if (payload[0] !== 1 || !verdict || !same(hash.subarray(0, 10), payload.subarray(22))) return { result: 'forged' };
  const now = Date.now();
  const [day, signed] = [number(payload.subarray(15, 17)), number(payload.subarray(18, 22))];
  const date = new Date(day * 864e5);
  return {
    result: untimely(day, signed, now) ?? verdict,
    token: found[1],
    name: new TextDecoder().decode(tag.subarray(8)),
    day: `${date.toISOString().slice(0, 10)} ${date.toLocaleDateString(document.documentElement.lang, { timeZone: 'UTC', weekday: 'long' })}`,
    until: new Date((signed + LIFE) * 1000).toLocaleTimeString('en-GB'),
  };
}

/** Why a pass is not good by this phone's clock, in the enterprise's own time zone. */
function untimely(day, signed, now) {
  if (signed > now / 1000 + AHEAD) return 'early';
  if (day !== Math.floor((now / 1000 + Number(gate.dataset.zone)) / 86400)) return 'other-day';
  return signed + LIFE <= now / 1000 ? 'expired' : null;
}

/** What the server's own page says of a pass; nothing where it does not answer. */
async function ask(token) {
  if (!navigator.onLine) return null;
  try {
    const answer = await fetch(`/g/${token}`, { cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return [200, 404, 410].includes(answer.status) ? page.querySelector('main .pass') : null;
  } catch {
    return null;
  }
}

function show(answer, said) {
  for (const section of gate.querySelectorAll('[data-result]')) {
    section.hidden = section.dataset.result !== answer.result;
    for (const part of section.querySelectorAll('[data-fill]')) part.textContent = answer[part.dataset.fill] ?? '';
  }
  element('asking').hidden = answer.result !== 'asking';
  element('offline-result').hidden = !VERDICTS.includes(answer.result);
  element('said').replaceChildren(...(said ? [said] : []));
  gate.scrollIntoView({ block: 'start' });
}

let turn = 0;

async function check(text) {
  const own = ++turn;
  const answer = await judge(text).catch(() => ({ result: 'unreadable' }));
  if (own !== turn) return;
  if (![...VERDICTS, ...CLOCK].includes(answer.result)) return show(answer);
  // Nobody is let in by what the server may be about to take back, nor sent away by a clock that may be wrong.
  show({ result: 'asking' });
  const said = await ask(answer.token);
  if (own !== turn) return;
  // What it says is read out by the region that it comes into.
  said?.removeAttribute('role');
  show(said ? {} : answer, said);
}

/** Shows what the camera sees until there is a code in it: what it says. */
async function scan() {
  const video = element('camera');
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  try {
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    while (stream.active) {
      const [code] = await detector.detect(video);
      if (code) return code.rawValue;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    video.hidden = true;
    for (const track of stream.getTracks()) track.stop();
  }
  return '';
}

async function canScan() {
  if (!('BarcodeDetector' in window) || !navigator.mediaDevices) return false;
  return (await BarcodeDetector.getSupportedFormats().catch(() => [])).includes('qr_code');
}

async function begin() {
  const [checks, scans] = [(await key) !== null, await canScan()];
  element('no-check').hidden = checks;
  element('paste').hidden = !checks;
  element('scan').hidden = !(checks && scans);
  element('no-camera').hidden = !checks || scans;
}

element('scan').addEventListener('click', () => {
  // Refused, or no camera: the field is left.
  scan().then((text) => text && check(text), () => {
    element('no-camera').hidden = false;
  });
});
element('paste').addEventListener('submit', (event) => {
  event.preventDefault();
  check(element('code').value);
});
begin();
