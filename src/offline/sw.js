// The service worker: the build's files come from the device, and where there is no line a page says so and sends what waits.
// No page of anybody is ever kept: of pages it keeps the one at /offline alone, asked for without cookies.
// Chrome, Android: what waits is sent in the background, too. It never takes over open pages: each ends with the files it began with.
importScripts('/pending.js');

const STORE = 'shenbao-files';
const OFFLINE = '/offline';
const KEPT = [OFFLINE, '/pending.js', '/notice.js', '/icon.svg'];
// In the names of this build's files; another build makes another service worker.
const HASHES = /*HASHES*/ [];
// What judges a form and keeps it: a page fetches it when somebody begins to answer, and then the line may be gone.
const DESK = /*DESK*/ [];
// What speaks to the browser by its headers, or comes from another site, is asked for as if nobody stood between.
const DIRECT = /^\/(auth|tablet)\b/;

const isHashed = (path) => /^\/pkg\/.+\.[0-9a-f]{16}\.[a-z]+$/.test(path);
const isCurrent = (path) => KEPT.includes(path) || HASHES.some((hash) => path.includes(`.${hash}.`));

async function prepare() {
  const store = await caches.open(STORE);
  await store.addAll(KEPT.map((path) => new Request(path, { cache: 'reload', credentials: 'omit' })));
  const page = await (await store.match(OFFLINE)).text();
  await store.addAll([...page.matchAll(/href="(\/pkg\/[^"]+\.css)"/g)].map(([, sheet]) => sheet));
  // A page that is open already finds them in the browser's own cache. One that cannot be had stops nothing.
  await Promise.allSettled(DESK.map((path) => file(new Request(path))));
}

async function tidy() {
  const store = await caches.open(STORE);
  const old = (await store.keys()).filter((request) => !isCurrent(new URL(request.url).pathname));
  await Promise.all(old.map((request) => store.delete(request)));
}

async function file(request) {
  const store = await caches.open(STORE);
  const found = await store.match(request, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  // A stranger on the line answers with a page of its own.
  const strange = /html/.test(answer.headers.get('content-type'));
  if (answer.ok && !strange) await store.put(request, answer.clone()).catch(() => {});
  return answer;
}

const orKept = (request, path) => fetch(request).catch(async () => (await caches.match(path, { ignoreVary: true })) ?? Response.error());

self.addEventListener('install', (event) => event.waitUntil(prepare()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || DIRECT.test(pathname)) return;
  if (isHashed(pathname)) event.respondWith(file(request));
  else if (request.mode === 'navigate') event.respondWith(orKept(request, OFFLINE));
  else if (KEPT.includes(pathname)) event.respondWith(orKept(request, pathname));
});
self.addEventListener('sync', (event) => {
  if (event.tag === pending.TAG) event.waitUntil(pending.flush().then((left) => left && Promise.reject(new Error('still no line'))));
});
