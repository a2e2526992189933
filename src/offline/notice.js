// What a page says of the declarations that wait on this device (`pending.js`), at the foot of the window, to their own person; where the
// server knows nobody for their enterprise any more, to whoever is there. A page names whom it knows: `data-owner` the one of an
// enterprise, `data-owners` all of this device.
import '/pending.js';

const WORDS = /*WORDS*/ {};
const root = document.documentElement;
const say = (key, values = {}) => WORDS[root.lang][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const stands = (key) => document.querySelector(`[data-${key}]`);

/** The page of no line was asked for without cookies: it says all in both languages, and in one size. */
function asChosen() {
  const chosen = (name) => new RegExp(`(?:^|; )${name}=([\\w-]+)`).exec(document.cookie)?.[1];
  if (WORDS[chosen('lang')]) root.lang = chosen('lang');
  if (chosen('size') === 'large') root.dataset.large = 'true';
  for (const part of document.querySelectorAll('main > [lang]')) part.hidden = part.lang !== root.lang;
}

const owners = () => [stands('owner')?.dataset.owner, ...(stands('owners')?.dataset.owners.split(' ') ?? [])].filter(Boolean);
const isOf = (entry) => (owner) => owner === entry.owner || owner === entry.as;
const isMine = (entry) => owners().some(isOf(entry));
const enterprise = (entry) => pending.enterpriseOf(entry.owner);
/** Somebody is known here for the same enterprise. */
const isClaimed = (entry) => owners().some((owner) => pending.enterpriseOf(owner) === enterprise(entry));
/** At the page of no line nobody is known: there they have neither name nor answers. */
const isShown = (entry) => stands('offline') || isMine(entry) || (!isClaimed(entry) && (stands('owners') || entry.why === pending.UNKNOWN));

const asked = new Set();

/** What may be another person's: the server says whose it is. Only the news of what has left this device goes without. */
async function settle(entry) {
  if (!entry.sealed) return pending.forget(entry.owner);
  if (entry.state !== 'refused' || asked.has(entry.owner)) return;
  asked.add(entry.owner);
  pending.ask(entry);
}

function element(name, words, more = {}, children = []) {
  const made = Object.assign(document.createElement(name), more);
  if (words) made.textContent = words;
  made.append(...children);
  return made;
}

const button = (words, act, kind = '') => element('button', words, { type: 'button', className: `button ${kind}`, onclick: act });
const forget = (entry) => pending.forget(entry.owner);

/** Twice: a slip of the thumb takes nothing away. */
function deleteButton(entry) {
  const made = button(say('delete'), () => {
    if (made.dataset.sure) {
      made.disabled = true;
      return pending.drop(entry);
    }
    made.dataset.sure = 'yes';
    made.textContent = say('delete_sure');
  }, 'button-danger');
  return made;
}

/** The server's own page, as without JavaScript: with all answers, and what is wrong with them. For their own person only: where the server
 * knows nobody, its page of the error would show them to whoever is there. */
async function openForm(entry) {
  const fields = [...new URLSearchParams(await pending.unseal(entry))].filter(([name]) => name !== 'step');
  const inputs = fields.map(([name, value]) => element('input', '', { type: 'hidden', name, value }));
  const form = element('form', '', { method: 'post', action: `/declare/${pending.enterpriseOf(entry.owner)}`, hidden: true }, inputs);
  document.body.append(form);
  form.submit();
}

async function sendNow(event) {
  event.target.textContent = say('sending');
  await pending.now();
  if (event.target.isConnected) event.target.textContent = say('send_failed');
}

const TIME = { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const at = (entry) => ({ time: new Date(entry.at).toLocaleString(root.lang, TIME) });

const REFUSED = { 'new-day': 'refused_day' };

const VIEWS = {
  waiting: (entry) => ['warning', say('waiting_text', at(entry)), [button(say('send'), sendNow, 'button-primary'), deleteButton(entry)]],
  sent: (entry) => {
    const see = async (event) => {
      event.preventDefault();
      await forget(entry);
      location.assign(entry.receipt);
    };
    const receipt = element('a', say('receipt'), { href: entry.receipt, className: 'button button-primary', onclick: see });
    return ['good', say('sent_text', at(entry)), [receipt, button(say('known'), () => forget(entry))]];
  },
  refused: (entry) => {
    const [known, offline] = [isMine(entry) && entry.why !== pending.UNKNOWN, stands('offline') && entry.why !== pending.UNKNOWN];
    const words = known ? (REFUSED[entry.why] ?? 'refused_text') : offline ? 'refused_later' : 'refused_person';
    const open = known ? [button(say('open'), () => openForm(entry), 'button-primary')] : [];
    return ['error', say(words, at(entry)), [...open, deleteButton(entry)]];
  },
  newer: (entry) => {
    const declare = element('a', say('declare'), { href: `/declare/${enterprise(entry)}`, className: 'button', rel: 'external' });
    return ['warning', say('newer_text', at(entry)), [declare, button(say('known'), () => forget(entry))]];
  },
  expired: (entry) => ['error', say('expired_text', at(entry)), [button(say('known'), () => forget(entry))]],
};

function view(entry) {
  const [kind, words, actions] = VIEWS[entry.state](entry);
  const parts = [element('h2', say(entry.state)), element('p', words), element('div', '', { className: 'actions' }, actions)];
  return element('section', '', { className: `outcome outcome-${kind}` }, parts);
}

let last = '[]';
const watching = new MutationObserver(() => void setTimeout(show, 200));
// It is read out when its words change; one that comes together with them may not be.
const aloud = element('p', '', { className: 'visually-hidden' });
aloud.setAttribute('role', 'status');
document.body.append(aloud);

async function show() {
  const entries = await pending.all().catch(() => []);
  const shown = entries.filter(isShown);
  for (const entry of entries) if (!isMine(entry) && isClaimed(entry)) await settle(entry);
  const now = JSON.stringify(shown.map((entry) => [entry.owner, entry.at, entry.state, entry.why, isMine(entry)]));
  // Another page may come without a new document.
  if (entries.length) watching.observe(document.body, { childList: true, subtree: true });
  if (now === last) return;
  last = now;
  const old = document.getElementById('pending');
  const held = old?.contains(document.activeElement);
  old?.remove();
  root.style.scrollPaddingBottom = '';
  aloud.textContent = shown.length ? `${say('label')} · ${shown.map((entry) => say(entry.state)).join(' · ')}` : '';
  if (!shown.length) return;
  const box = element('aside', '', { id: 'pending', className: 'pending', tabIndex: -1, ariaLabel: say('label') }, shown.map(view));
  document.body.append(box);
  // What the keyboard comes to is not behind it.
  root.style.scrollPaddingBottom = `${box.offsetHeight}px`;
  if (held) box.focus();
}

/** A draft is in the clear: the day after it was kept it goes, whichever page comes first. */
function dropOldDrafts() {
  for (const name of Object.keys(localStorage).filter((name) => name.startsWith('/*DRAFT*/'))) {
    const [, minute] = localStorage.getItem(name).split('\n')[0].split(' ');
    if (!(Date.now() / 60_000 - minute < 24 * 60)) localStorage.removeItem(name);
  }
}

const LEAVING = 'shenbao-leaving';

/** Whoever has this device forget them leaves nothing behind; the page that follows says whether it has. */
async function leave() {
  const left = stands('owners') && sessionStorage.getItem(LEAVING);
  if (!left) return;
  sessionStorage.removeItem(LEAVING);
  for (const entry of await pending.all()) if (enterprise(entry) === left && !isClaimed(entry)) await pending.forget(entry.owner);
}

async function begin() {
  try {
    dropOldDrafts();
    await leave();
  } catch {
    // This browser keeps nothing.
  }
  if (stands('offline')) asChosen();
  pending.watch(show);
  await show();
  await pending.now();
  navigator.serviceWorker?.register('/sw.js').catch(() => {});
}

addEventListener('online', async () => {
  await pending.now();
  // The page that was asked for can be had again.
  if (stands('offline') && location.pathname !== '/offline') location.reload();
});
addEventListener('submit', ({ target, defaultPrevented }) => {
  if (defaultPrevented) return;
  // A page that is the answer to a form would be asked for with the form once more by whoever comes back to it, and the browser asks first.
  history.replaceState(history.state, '');
  if (target.getAttribute('action')?.endsWith('/api/forget-device')) sessionStorage.setItem(LEAVING, target.elements.enterprise.value);
});
document.addEventListener('visibilitychange', () => document.hidden || pending.now());
begin();
