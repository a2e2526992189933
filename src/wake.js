// Wakes a page up at the first touch, or when nothing has been asked of it for a while: its own code is never in anybody's way.
// What is done before it is awake is done again for it, but a link goes where it leads, and what the browser does alone it does.
// A line of this file is sent without its indent, and a comment is not sent: no code stands beside one.
const idle = (act) => (window.requestIdleCallback ? requestIdleCallback(act) : setTimeout(act));
// Once the page is shown; what nobody looks at draws no frame.
const later = (act) => (document.hidden ? idle(act) : requestAnimationFrame(() => setTimeout(() => idle(act))));
const kinds = ['click', 'input', 'change', 'submit'];
const touches = ['pointerdown', 'pointermove', 'keydown', 'focusin'];
const missed = [];
const line = Object.assign(document.createElement('p'), { className: 'busy' });
const cut = Object.assign(document.createElement('p'), { className: 'note note-error', innerHTML: NO_LINE });
const root = document.documentElement;
// Without a script they can do nothing; with one, a click on them is kept as any other.
const sleepers = document.querySelectorAll('button[data-wakes]');
const disable = (off) => sleepers.forEach((button) => (button.disabled = off));
const here = location.pathname + location.search;
const named = [...document.querySelectorAll('meta[name=code]')].map((one) => one.content).join(' ').split(' ').filter(Boolean);
// What the notice of what waits asks for is done at once, by its own script.
const isNotice = ({ target }) => target.closest && target.closest('#pending');
let up, fetched, begun, asking, reached;
// All that the page names, so that it is here when the page wakes up. Not before the page is shown.
function fetchAll() {
  if (fetched) return;
  fetched = true;
  named.forEach((file) => fetch(file, { priority: 'low' }).then((answer) => answer.arrayBuffer()).catch(() => {}));
}
// Something else wrote into the page before it woke up, as translators do, and the code does not find its way in it.
const broken = new Promise((_, fail) => {
  const hear = ({ error, reason = error }) => self.WebAssembly && reason instanceof WebAssembly.RuntimeError && fail(reason);
  ['error', 'unhandledrejection'].forEach((kind) => addEventListener(kind, hear));
});
async function start() {
  const code = await import('SCRIPT');
  await code.default({ module_or_path: 'WASM' });
  begun = true;
  await Promise.race([code.hydrate(), broken]);
  await new Promise((done) => setTimeout(done));
  root.dataset.awake = '';
}
function wake() {
  fetchAll();
  up = up || start().catch(giveUp).then(again);
}
const unheard = (event) => isNotice(event) || event.stopImmediatePropagation();
// What half woke up hears nothing more, and the browser does all by itself. What the code was made from is fetched anew next time.
async function giveUp() {
  disable(true);
  plain();
  if (begun) kinds.forEach((kind) => addEventListener(kind, unheard, true));
  for (const name of self.caches ? await caches.keys().catch(() => []) : []) caches.open(name).then((store) => named.forEach((file) => store.delete(file)));
}
function keep(event) {
  const { type, target, submitter } = event;
  wake();
  if (isNotice(event)) return;
  if (type === 'click' && !target.closest('button[type=button]')) return;
  if (type === 'submit') {
    if (!target.requestSubmit) return;
    event.preventDefault();
    // On a line that neither answers nor fails the browser sends it by itself.
    setTimeout(sendAlone, 4000);
  }
  event.stopImmediatePropagation();
  root.append(line);
  take((one) => one.type === type && one.target === target);
  missed.push({ type, target, submitter });
}
function take(which) {
  const taken = missed.filter(which);
  taken.forEach((one) => missed.splice(missed.indexOf(one), 1));
  return taken;
}
function redo({ type, target, submitter }) {
  if (type === 'submit') target.requestSubmit(submitter || undefined);
  else if (type === 'click') target.click();
  else target.dispatchEvent(new Event(type, { bubbles: true }));
}
// The page is asleep still: what else was done waits on.
function sendAlone() {
  removeEventListener('submit', keep, true);
  const forms = take((one) => one.type === 'submit');
  if (!missed.length) line.remove();
  forms.forEach(redo);
}
function again() {
  kinds.forEach((kind) => removeEventListener(kind, keep, true));
  line.remove();
  // The last answer comes first: of those that exclude each other it takes the others away.
  take((one) => one.type === 'input' || one.type === 'change').reverse().forEach(redo);
  take(() => true).forEach(redo);
}
function drafted() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith('DRAFT'));
  } catch (_) {
    return false;
  }
}
disable(false);
// A form that the browser sends by itself: the page stays until the next one is here, and where no server is reached. While its code is here
// the browser's own word is asked first, and where that is wrong the next press goes.
addEventListener('submit', (event) => {
  const { target } = event;
  const sleeps = root.dataset.awake === undefined;
  if (event.defaultPrevented) return;
  cut.remove();
  root.append(line);
  if (reached || (navigator.onLine && !sleeps) || !target.requestSubmit) return;
  event.preventDefault();
  if (asking) return;
  asking = true;
  const go = () => {
    reached = true;
    if (sleeps) redo(event);
  };
  const stay = () => {
    line.remove();
    target.append(cut);
  };
  if (!sleeps) stay();
  const tooLong = new Promise((_, fail) => setTimeout(fail, 20000));
  Promise.race([fetch('/healthz'), tooLong]).then(go, stay).then(() => (asking = false));
});
cut.setAttribute('role', 'alert');
addEventListener('pageshow', () => {
  line.remove();
  reached = false;
});
kinds.forEach((kind) => addEventListener(kind, keep, true));
touches.forEach((touch) => addEventListener(touch, wake, { once: true, passive: true }));
addEventListener('load', () => {
  later(() => import('/notice.js').catch(() => {}));
  later(fetchAll);
  setTimeout(() => idle(wake), 3000);
});
// Going back to what another document showed: this one does not know it.
addEventListener('popstate', () => root.dataset.awake === undefined && location.pathname + location.search !== here && location.reload());
// A draft is put back before anybody answers anew.
if (drafted()) wake();
