// What a page says of the declarations that wait on this device (`pending.js`), at the foot of the window, to their own person only.
// A page names whom it knows: `data-owner` the one of an enterprise, `data-owners` all of this device. What is another's goes.
import '/pending.js';

const WORDS = /*WORDS*/ {};
const language = document.documentElement.lang;
const say = (key, values = {}) => WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const stands = (key) => document.querySelector(`[data-${key}]`);

/** Who is known here, and which entries are not theirs. At the page of no line nobody is: there they have neither name nor answers. */
function known(entries) {
  const [all, one] = [stands('owners'), stands('owner')];
  const owners = all ? all.dataset.owners.split(' ') : [one?.dataset.owner];
  const gone = (entry) => !owners.includes(entry.owner) && (all || one?.dataset.owner && pending.enterpriseOf(entry.owner) === pending.enterpriseOf(owners[0]));
  return { shown: entries.filter((entry) => stands('offline') || owners.includes(entry.owner)), gone: entries.filter(gone) };
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
    if (made.dataset.sure) return forget(entry);
    made.dataset.sure = 'yes';
    made.textContent = say('delete_sure');
  }, 'button-danger');
  return made;
}

/** The server's own page, as without JavaScript: with all answers, and what is wrong with them. */
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
const at = (entry) => ({ time: new Date(entry.at).toLocaleString(language, TIME) });

const REFUSED = { 'invitation-required': 'refused_person', 'new-day': 'refused_day' };

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
  refused: (entry) => ['error', say(REFUSED[entry.why] ?? 'refused_text', at(entry)), [button(say('open'), () => openForm(entry), 'button-primary'), deleteButton(entry)]],
  newer: (entry) => ['warning', say('newer_text', at(entry)), [button(say('known'), () => forget(entry))]],
  expired: (entry) => ['error', say('expired_text', at(entry)), [button(say('known'), () => forget(entry))]],
};

function view(entry) {
  const [kind, words, actions] = VIEWS[entry.state](entry);
  const parts = [element('h2', say(entry.state)), element('p', words), element('div', '', { className: 'actions' }, actions)];
  return element('section', '', { className: `outcome outcome-${kind}` }, parts);
}

let last = '[]';
const watching = new MutationObserver(() => void setTimeout(show, 200));

async function show() {
  const entries = await pending.all().catch(() => []);
  const { shown, gone } = known(entries);
  for (const entry of gone) await pending.forget(entry.owner);
  const now = JSON.stringify(shown.map(({ owner, at, state }) => [owner, at, state]));
  // Another page may come without a new document.
  if (entries.length) watching.observe(document.body, { childList: true, subtree: true });
  if (now === last) return;
  last = now;
  const old = document.getElementById('pending');
  const held = old?.contains(document.activeElement);
  old?.remove();
  if (!shown.length) return;
  const box = element('aside', '', { id: 'pending', className: 'pending', tabIndex: -1, ariaLabel: say('label') }, shown.map(view));
  box.firstChild.setAttribute('role', 'status');
  document.body.append(box);
  if (held) box.focus();
}

async function begin() {
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
// A page that is the answer to a form would be asked for with the form once more by whoever comes back to it, and the browser asks first.
addEventListener('submit', (event) => event.defaultPrevented || history.replaceState(history.state, ''));
document.addEventListener('visibilitychange', () => document.hidden || pending.now());
begin();
