// Declarations that could not be sent for want of a line. Each is kept sealed on this device under a key that no script can read out,
// says 待发送 until the server has it, goes out by itself with the key that its form had, and then says what became of it.
// The same file serves pages (`notice.js` shows it) and the service worker. An entry names its person by what the server calls them;
// the server refuses what another person's session sends. Whoever has said anew who they are may be called something else since: `as`.
self.pending = (() => {
  const TAG = 'shenbao-pending';
  const HOUR = 3_600_000;
  const [LIVES, GRACE, TOLD] = [48 * HOUR, 24 * HOUR, 7 * 24 * HOUR];
  const [FIRST_PAUSE, LONGEST_PAUSE, PATIENCE] = [4_000, 300_000, 20_000];
  // The server knows nobody on this device for that enterprise. That may be mended, so it is asked again.
  const UNKNOWN = 'invitation-required';
  const enterpriseOf = (owner) => owner.slice(0, 12);

  // ---- the store -------------------------------------------------------------------------
  const open = () => new Promise((done, fail) => {
    const asked = indexedDB.open('shenbao', 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('pending', { keyPath: 'owner' });
      asked.result.createObjectStore('key');
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
    // Some browsers never answer.
    setTimeout(() => fail(new Error('no answer')), PATIENCE / 4);
  });
  // Answers when what was written lasts.
  const within = async (store, mode, act) => {
    const db = await open();
    try {
      return await new Promise((done, fail) => {
        const transaction = db.transaction(store, mode);
        const asked = act(transaction.objectStore(store));
        transaction.oncomplete = () => done(asked.result);
        transaction.onerror = transaction.onabort = () => fail(transaction.error);
      });
    } finally {
      db.close();
    }
  };
  const all = () => within('pending', 'readonly', (store) => store.getAll());
  // Takes the place of what stands there of this person; of all of it, where nothing is given.
  const place = (owner, entry) => within('pending', 'readwrite', (store) => {
    const asked = store.getAll();
    asked.onsuccess = () => {
      for (const old of asked.result) if (old.owner === owner || old.as === owner) store.delete(old.owner);
      if (entry) store.put(entry);
    };
    return asked;
  });
  // Unless something newer stands there meanwhile.
  const replace = (entry, next) => within('pending', 'readwrite', (store) => {
    const asked = store.get(entry.owner);
    asked.onsuccess = () => asked.result?.at === entry.at && (next ? store.put(next) : store.delete(entry.owner));
    return asked;
  });

  // ---- sealing ---------------------------------------------------------------------------
  const key = async () => {
    const kept = () => within('key', 'readonly', (store) => store.get(TAG));
    const known = await kept();
    if (known) return known;
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    await within('key', 'readwrite', (store) => store.add(made, TAG)).catch(() => {});
    return kept();
  };
  const how = ({ owner, at }, iv) => ({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`${owner} ${at}`) });
  // Padded: how much was written says nothing.
  const seal = async (entry, body) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const padded = body.padEnd(Math.ceil(body.length / 4096) * 4096, '&');
    return { ...entry, iv, sealed: await crypto.subtle.encrypt(how(entry, iv), await key(), new TextEncoder().encode(padded)) };
  };
  const unseal = async (entry) => {
    const bytes = await crypto.subtle.decrypt(how(entry, entry.iv), await key(), entry.sealed);
    return new TextDecoder().decode(bytes).replace(/&+$/, '');
  };

  // ---- sending ---------------------------------------------------------------------------
  const ended = ({ owner, as, at }, state, more) => ({ owner, as, at, since: Date.now(), state, ...more });
  const post = async (entry, body) => {
    const given = new AbortController();
    const timer = setTimeout(() => given.abort(), PATIENCE);
    try {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'shenbao-owner': entry.owner };
      // How long it has waited is nobody's to say where the clock was put back meanwhile.
      const waited = Math.floor((Date.now() - entry.at) / 1000);
      if (waited >= 0) headers['shenbao-waited'] = waited;
      const answer = await fetch(`/declare/${enterpriseOf(entry.owner)}`, { method: 'POST', headers, body, redirect: 'error', signal: given.signal });
      return { status: answer.status, as: answer.headers.get('shenbao-owner') ?? entry.as, said: (await answer.text()).trim() };
    } finally {
      clearTimeout(timer);
    }
  };
  // What becomes of an entry; throws where it is to be tried again. What a stranger on the line says is no answer of the server's.
  const settled = async (entry) => {
    const body = await unseal(entry).catch((error) => (error.name === 'OperationError' ? null : Promise.reject(error)));
    if (body === null) return ended(entry, 'expired');
    const { status, as, said } = await post(entry, body);
    const [known, code] = [{ ...entry, as }, /^"([a-z-]+)"$/.exec(said)?.[1]];
    if (status === 200 && /^\/done\/[\w-]+$/.test(said)) return ended(known, 'sent', { receipt: said });
    if (status === 409 && code === 'other-person') return null;
    if (status === 409 && code === 'newer') return ended(known, 'newer');
    if (status === 401 && code) return { ...known, state: 'refused', why: UNKNOWN };
    if (status >= 400 && status < 500 && status !== 429 && code) return { ...known, state: 'refused', why: code };
    throw new Error('no answer');
  };
  // Nothing is given up untried, nor within a day of being found too old: this phone's clock may have been wrong, and been put right when
  // the line came back. How old it is whose time is yet to come nobody knows. Answers whether it still waits.
  const step = async (entry) => {
    const now = Date.now();
    const age = now - entry.at;
    if (!entry.sealed) return void (now - (entry.since ?? entry.at) > TOLD && (await replace(entry, null)));
    const old = age > LIVES || age < -HOUR ? Math.min(entry.old ?? now, now) : undefined;
    let next = { ...entry, old };
    if (entry.state === 'waiting' || entry.why === UNKNOWN) next = await settled(next).catch(() => next);
    if (next?.sealed && now - old > GRACE) next = ended(next, 'expired');
    await replace(entry, next);
    return next?.state === 'waiting';
  };
  // One at a time, whichever page or worker it is. Answers how many still wait.
  const alone = (act) => (self.navigator.locks ? self.navigator.locks.request(TAG, act) : act());
  const flush = () => alone(async () => {
    let left = 0;
    for (const entry of await all()) if (await step(entry).catch(() => true)) left++;
    changed();
    return left;
  });

  // ---- when ------------------------------------------------------------------------------
  const others = self.BroadcastChannel && new BroadcastChannel(TAG);
  const listeners = [];
  const tell = () => Promise.all(listeners.map((listener) => listener()));
  const changed = () => {
    others?.postMessage(0);
    return tell();
  };
  if (others) others.onmessage = tell;
  let timer, pause = FIRST_PAUSE;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(again, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
  const again = async () => ((await flush().catch(() => 0)) ? later() : (pause = FIRST_PAUSE));
  const now = () => {
    pause = FIRST_PAUSE;
    return again();
  };

  // False where this browser cannot keep it: then the form stays as it is.
  const keep = async (owner, body) => {
    try {
      const entry = { owner, at: Date.now(), state: 'waiting' };
      await place(owner, await seal(entry, body));
    } catch {
      return false;
    }
    await changed();
    later();
    self.navigator.serviceWorker?.ready.then((worker) => worker.sync?.register(TAG)).catch(() => {});
    return true;
  };
  const forget = async (owner) => {
    await place(owner).catch(() => {});
    return changed();
  };
  // Not while it is on its way: then what became of it is told, and stays.
  const drop = (entry) => alone(async () => {
    const left = (await all().catch(() => [])).find(({ owner }) => owner === entry.owner);
    if (left?.at === entry.at && left.state === entry.state) await replace(entry, null).catch(() => {});
    return changed();
  });
  // Whose it is, where somebody is known now whom this device calls otherwise, only the server can tell.
  const ask = (entry) => replace(entry, { ...entry, state: 'waiting', why: undefined }).then(now);
  return { TAG, UNKNOWN, enterpriseOf, all, unseal, flush, now, keep, forget, drop, ask, watch: (listener) => listeners.push(listener) };
})();
