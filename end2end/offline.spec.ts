import type { BrowserContext, Page } from '@playwright/test';
import { Line } from './support/line';
import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare } from './support/steps';
import { PICTURE_PHONE } from './support/tags';
import { accessible, awake, expect, invite, test as base } from './support/test';
import { fillClaim } from './support/tour';
import { say } from './support/words';

type Phone = { context: BrowserContext; page: Page; line: Line; link: string; person: { name: string; id: string; phone: string } };

let phones = 0;

/** A phone of somebody who has claimed, whose service worker serves it. The browser itself complains of a line that is cut, so nobody watches. */
const test = base.extend<{ phone: Phone }>({
  phone: async ({ browser, contextOptions, server }, use, info) => {
    const number = info.workerIndex * 1000 + ++phones;
    const link = new URL(invite(server, 8_000_000 + number, `无网试验企业${number}`)).pathname;
    const line = await Line.to(server.url);
    const context = await browser.newContext({ ...contextOptions, viewport: info.project.use.viewport, locale: 'zh-CN', baseURL: line.url });
    const page = await context.newPage();
    const person = { name: '黄离线', id: residentId('19900101', 600 + phones), phone: '13900000600' };
    await claim(page, link, undefined, person);
    await settle(page);
    await use({ context, page, line, link, person });
    await context.close();
    await line.cut();
  },
});

test.describe.configure({ timeout: 120_000 });

/** The page is awake, and the service worker has it. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await page.waitForFunction(() => 'pending' in window && navigator.serviceWorker.controller !== null);
  await awake(page);
}

async function fill(page: Page): Promise<void> {
  await page.locator('#residence').fill('广州市天河区无网路 1 号');
  await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await page.getByLabel('没有出现症状').check();
  await page.locator('#temperature').fill('36.5');
}

/** Sent without answers: what judges a form without a line is here afterwards. */
async function begin(page: Page): Promise<void> {
  await page.getByRole('button', { name: say('declaration.to_check') }).click();
  await expect(page.locator('.error-summary')).toBeVisible();
}

async function check(page: Page): Promise<void> {
  await page.getByRole('button', { name: say('declaration.to_check') }).click();
  await expect(page.getByText(say('declaration.truthful'))).toBeVisible();
}

const submit = (page: Page) => page.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
const notice = (page: Page) => page.locator('#pending');
const says = (page: Page, state: string) => expect(notice(page).getByRole('heading', { name: say(`offline.${state}`), exact: true })).toBeVisible({ timeout: 30_000 });

/** What the device keeps of declarations. */
const entries = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ owner: string; at: number; state: string; sealed?: ArrayBuffer }[]>((resolve) => {
        const asked = indexedDB.open('shenbao');
        asked.onsuccess = () => {
          const all = asked.result.transaction('pending').objectStore('pending').getAll();
          all.onsuccess = () => resolve(all.result);
          asked.result.close();
        };
      }),
  );

/** Every file that this origin's caches hold, by path; with its text. */
const cached = (page: Page) =>
  page.evaluate(async () => {
    const found: [string, string][] = [];
    for (const name of await caches.keys()) {
      const store = await caches.open(name);
      for (const request of await store.keys()) found.push([new URL(request.url).pathname, (await (await store.match(request))?.text()) ?? '']);
    }
    return found;
  });

test('a page that cannot be had says so, and what is kept on the phone names nobody', { tag: PICTURE_PHONE }, async ({ phone: { page, line, person } }) => {
  const form = page.url();
  await page.goto('/mine');
  await page.waitForLoadState('networkidle');
  const kept = await cached(page);
  expect(kept.length).toBeGreaterThan(4);
  for (const [path, text] of kept) {
    expect(path).toMatch(/^\/(offline|pending\.js|notice\.js|icon\.svg|pkg\/.+\.[0-9a-f]{16}\.(css|js|wasm))$/);
    expect(text).not.toContain(person.name);
    expect(text).not.toContain(person.id.slice(-4));
  }
  await line.cut();
  const happened = (language: 'zh-CN' | 'en') => page.getByRole('heading', { name: say('offline.happened', {}, language), exact: true });
  for (const path of [form, '/mine', '/']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/没有网络/);
    await expect(happened('zh-CN')).toBeVisible();
    await expect(happened('en')).toBeHidden();
  }
  await take(page, 'offline');
  // It was asked for without cookies, and goes by them.
  await page.context().addCookies([{ name: 'lang', value: 'en', url: line.url }, { name: 'size', value: 'large', url: line.url }]);
  await page.reload();
  await expect(happened('en')).toBeVisible();
  await expect(happened('zh-CN')).toBeHidden();
  await expect(page.locator('html[lang=en][data-large]')).toHaveCount(1);
  await take(page, 'offline-english');
  await page.context().addCookies([{ name: 'lang', value: 'zh-CN', url: line.url }, { name: 'size', value: 'normal', url: line.url }]);
  await page.goto(form);
  await line.mend();
  await page.getByRole('link', { name: say('offline.again') }).click();
  await expect(page.locator('#residence')).toBeVisible();
});

test('what is filled in without a line waits, sealed, and goes out by itself', { tag: PICTURE_PHONE }, async ({ phone: { page, line } }) => {
  const form = page.url();
  await begin(page);
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  await expect(page.getByRole('button', { name: say('declaration.submit'), exact: true })).toHaveCount(0);
  await expect(notice(page)).toBeFocused();
  await take(page, 'pending-waiting');

  // Nothing on the device can be read, and the key cannot be taken out of it.
  const [entry] = await entries(page);
  expect(entry.state).toBe('waiting');
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('shenbao-draft:');
  const said = await page.evaluate(async () => {
    const [entry] = await (window as unknown as { pending: { all(): Promise<{ sealed: ArrayBuffer }[]> } }).pending.all();
    const key = await new Promise<CryptoKey>((resolve) => {
      const asked = indexedDB.open('shenbao');
      asked.onsuccess = () => {
        const got = asked.result.transaction('key').objectStore('key').getAll();
        got.onsuccess = () => resolve(got.result[0]);
        asked.result.close();
      };
    });
    const text = new TextDecoder('latin1').decode(entry.sealed);
    return { readable: text.includes('residence') || text.includes('36.5'), size: entry.sealed.byteLength, extractable: key.extractable, exported: await crypto.subtle.exportKey('raw', key).then(() => true, () => false) };
  });
  expect(said).toEqual({ readable: false, size: 4096 + 16, extractable: false, exported: false });

  // Without a line it is said wherever one goes; it is not the server's page, so it names nobody.
  await page.goto(form);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/没有网络/);
  await says(page, 'waiting');
  await take(page, 'offline-waiting');

  await line.mend();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await expect(page.locator('#residence')).toBeVisible();
  await says(page, 'sent');
  await take(page, 'pending-sent');
  expect((await entries(page)).map(({ state, sealed }) => [state, sealed])).toEqual([['sent', undefined]]);
  // The app on the home screen begins with the entry.
  await page.goto('/');
  await says(page, 'sent');
  await page.goto('/mine');
  await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
  await notice(page).getByRole('link', { name: say('offline.receipt') }).click();
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  await page.goto('/mine');
  await page.waitForLoadState('networkidle');
  await expect(notice(page)).toHaveCount(0);
  expect(await entries(page)).toEqual([]);
});

test('a form that nobody had begun when the line went is kept, too', async ({ phone: { page, line } }) => {
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  // Whoever cannot see is told, by a region that was there before.
  await expect(page.locator('body > .visually-hidden[role=status]')).toContainText(say('offline.waiting'));
});

test('so is one on a page that was open before there was a service worker', async ({ browser, contextOptions, phone: { page: other, context: phone, line } }) => {
  const form = other.url();
  const context = await browser.newContext({ ...contextOptions, locale: 'zh-CN', baseURL: line.url, storageState: { cookies: await phone.cookies(), origins: [] } });
  const page = await context.newPage();
  await page.goto(form);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
  await awake(page);
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  await context.close();
});

test('a form that was shown and had not woken up when the line went is kept, too', async ({ phone: { page, line } }) => {
  // Nothing wakes it up by itself.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
  await page.reload();
  await expect(page.locator('html[data-awake]')).toHaveCount(0);
  await line.cut();
  await page.clock.resume();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  await line.mend();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await says(page, 'sent');
});

test('a first visit of which the page alone came: where there is no line it stays, says so, and goes out at a later press', async ({ browser, contextOptions, phone: { page: other, context: phone, line } }) => {
  const form = other.url();
  const context = await browser.newContext({ ...contextOptions, locale: 'zh-CN', baseURL: line.url, storageState: { cookies: await phone.cookies(), origins: [] } });
  await context.addInitScript({ content: 'delete Navigator.prototype.serviceWorker' });
  await context.route(/\/pkg\/.+\.(js|wasm)$/, (route) => route.abort());
  const page = await context.newPage();
  await page.goto(form);
  await fill(page);
  await line.cut();
  const toCheck = page.getByRole('button', { name: say('declaration.to_check') });
  // The browser itself notices only some of the lines that are cut.
  for (const noticed of [false, true]) {
    await context.setOffline(noticed);
    await toCheck.click();
    await expect(page.getByRole('alert')).toContainText(say('error.offline_do'));
    await expect(page.getByRole('alert')).toHaveCount(1);
  }
  await accessible(page);
  await expect(page.locator('#residence')).toHaveValue('广州市天河区无网路 1 号');
  await context.setOffline(false);
  await line.mend();
  await toCheck.click();
  await expect(page.getByText(say('declaration.truthful'))).toBeVisible();
  await submit(page);
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  await context.close();
});

test('a first visit whose line goes before anything is touched: it says so, and what is typed stays, and is there when they come back', async ({ browser, contextOptions, phone: { page: other, context: phone, line } }) => {
  const form = other.url();
  const context = await browser.newContext({ ...contextOptions, locale: 'zh-CN', baseURL: line.url, storageState: { cookies: await phone.cookies(), origins: [] } });
  // The browser has what the page itself fetched, and no more.
  await context.addInitScript({ content: 'delete Navigator.prototype.serviceWorker' });
  const page = await context.newPage();
  await page.goto(form);
  await page.waitForLoadState('networkidle');
  await line.cut();
  await fill(page);
  await page.getByRole('button', { name: say('declaration.to_check') }).click();
  await expect(page.getByRole('alert')).toContainText(say('error.offline'));
  await expect(page.getByRole('alert')).toContainText(say('error.offline_do'));
  await expect(page.locator('#residence')).toHaveValue('广州市天河区无网路 1 号');
  await accessible(page);
  await line.mend();
  await page.close();
  const again = await context.newPage();
  await again.goto(form);
  await expect(again.locator('.draft')).toBeVisible();
  await expect(again.locator('#residence')).toHaveValue('广州市天河区无网路 1 号');
  await expect(again.locator('#temperature')).toHaveValue('36.5');
  await expect(again.getByLabel('没有出现症状')).toBeChecked();
  await check(again);
  await submit(again);
  await expect(again.getByText(say('declaration.received'))).toBeVisible();
  await context.close();
});

test('the line goes on the claim page: what was typed about oneself stays', async ({ browser, contextOptions, phone: { line, link } }) => {
  const context = await browser.newContext({ ...contextOptions, locale: 'zh-CN', baseURL: line.url });
  const page = await context.newPage();
  await page.goto(link);
  await settle(page);
  await awake(page);
  await fillClaim(page, 790);
  await line.cut();
  const go = page.getByRole('button', { name: say('app.go_sign_in') });
  await go.click();
  await expect(page.getByRole('alert')).toContainText(say('error.offline'));
  await expect(page.locator('#name')).toHaveValue('黄人人');
  await expect(page.locator('#phone')).toHaveValue('13900000051');
  await line.mend();
  await go.click();
  await expect(page).toHaveURL(/\/declare\//);
  await context.close();
});

test('the daily repeat with the line cut is kept, and sent', async ({ phone: { page, line } }) => {
  const form = page.url();
  await fill(page);
  await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
  await page.goto(`${form}?same=1`);
  await expect(page.getByText(say('declaration.same_taken'))).toBeVisible();
  await line.cut();
  await page.getByLabel('没有出现症状').check();
  await page.locator('#temperature').fill('36.9');
  await submit(page);
  await says(page, 'waiting');
  await expect(page.locator('#declaration')).not.toContainText(say('declaration.submit'));
  await line.mend();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await says(page, 'sent');
  await notice(page).getByRole('link', { name: say('offline.receipt') }).click();
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  await page.locator('summary', { hasText: say('declaration.answers') }).click();
  await expect(page.locator('.answers')).toContainText('36.9');
  await expect(page.locator('.answers')).toContainText('广州市天河区无网路 1 号');
  await page.goto('/mine');
  await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d \d\d:\d\d/ })).toHaveCount(2);
});

test('a receipt with the line cut: its clock goes on, its QR code stays, and a new one comes with the line', async ({ phone: { page, line } }) => {
  await fill(page);
  await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
  await page.clock.install();
  await page.reload();
  await expect(page.getByText(say('gate.pass_note'))).toBeVisible();
  const [picture, clock] = [page.locator('.pass-qr'), page.locator('.pass-clock')];
  const [shown, began] = [await picture.getAttribute('src'), await clock.textContent()];
  const whole = () => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0);
  expect(await whole()).toBe(true);
  await line.cut();
  await page.clock.fastForward('09:00');
  await expect(clock).not.toHaveText(began ?? '');
  await expect(page.getByText(say('gate.verdict_pass'))).toBeVisible();
  await expect(picture).toHaveAttribute('src', shown ?? '');
  expect(await whole()).toBe(true);
  await page.clock.fastForward('02:00');
  await expect(page.locator('.pass').getByText(say('gate.expired'))).toBeVisible();
  await line.mend();
  await page.clock.fastForward('00:30');
  await expect(picture).toHaveAttribute('src', /again=\d+$/);
  expect(await whole()).toBe(true);
});

test('an answer that is lost on the way leads to the same receipt', async ({ phone: { page, line } }) => {
  await fill(page);
  await check(page);
  line.lose('POST /api/declare');
  await submit(page);
  await says(page, 'sent');
  const receipt = await notice(page).getByRole('link', { name: say('offline.receipt') }).getAttribute('href');
  await page.goto('/mine');
  const lines = page.getByRole('link', { name: /\d{4}-\d\d-\d\d/ });
  await expect(lines).toHaveCount(1);
  await expect(lines).toHaveAttribute('href', receipt ?? '');
});

test('the next person on the phone neither sees nor sends what waits', async ({ phone: { context, page, line, link, person } }) => {
  await begin(page);
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  await page.close();
  await line.mend();
  // Whoever it was is not known any more; the next one says who they are.
  await context.clearCookies();
  const next = await context.newPage();
  await claim(next, link, undefined, { ...person, name: '李后来', id: residentId('19910101', 700 + phones) });
  await next.waitForLoadState('networkidle');
  await expect.poll(() => entries(next)).toEqual([]);
  await expect(notice(next)).toHaveCount(0);
  await next.goto('/mine');
  await expect(next.getByText(say('declaration.mine_none'))).toBeVisible();
  await expect(notice(next)).toHaveCount(0);
});

test('what waits on a device that is not known any more says so, and goes out when its person has said anew who they are', { tag: PICTURE_PHONE }, async ({ phone: { context, page, line, link, person } }) => {
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  await context.clearCookies();
  await line.mend();
  for (const path of ['/mine', '/account', '/', link]) {
    await page.goto(path);
    await says(page, 'refused');
    await expect(notice(page)).toContainText(say('offline.refused_person', { time: '' }).slice(-20));
    await expect(notice(page).getByRole('button', { name: say('offline.open') })).toHaveCount(0);
  }
  await take(page, 'pending-refused-person');
  await claim(page, link, undefined, person);
  await says(page, 'sent');
  await page.goto('/mine');
  await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
  await notice(page).getByRole('link', { name: say('offline.receipt') }).click();
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
});

test('what is not accepted opens as a form with its answers, and goes when somebody leaves', { tag: PICTURE_PHONE }, async ({ phone: { page, line } }) => {
  const keep = () =>
    page.evaluate(() => {
      const { owner } = (document.querySelector('[data-owner]') as HTMLElement).dataset;
      return (window as unknown as { pending: { keep(owner?: string, body?: string): Promise<boolean> } }).pending.keep(owner, 'residence=%E6%B1%95%E5%A4%B4&travel=no&step=submit');
    });
  expect(await keep()).toBe(true);
  await says(page, 'refused');
  await take(page, 'pending-refused');
  const form = page.url();
  // Where nobody is known, nobody opens it.
  await line.cut();
  await page.goto('/mine');
  await says(page, 'refused');
  await expect(notice(page)).toContainText(say('offline.refused_later', { time: '' }).slice(-20));
  await expect(notice(page).getByRole('button', { name: say('offline.open') })).toHaveCount(0);
  await line.mend();
  await page.goto(form);
  await says(page, 'refused');
  await notice(page).getByRole('button', { name: say('offline.open') }).click();
  await expect(page.locator('.error-summary').getByRole('link')).toHaveCount(2);
  await expect(page.locator('#residence')).toHaveValue('汕头');
  await says(page, 'refused');
  await page.goto('/account');
  await page.getByRole('button', { name: say('account.forget') }).click();
  await expect(page.getByRole('button', { name: say('account.forget') })).toHaveCount(0);
  await expect.poll(() => entries(page)).toEqual([]);
});

test('what did not arrive on its day says what is asked anew', { tag: PICTURE_PHONE }, async ({ phone: { page } }) => {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const { owner } = (document.querySelector('[data-owner]') as HTMLElement).dataset;
        const asked = indexedDB.open('shenbao');
        asked.onsuccess = () => {
          const writing = asked.result.transaction('pending', 'readwrite');
          writing.objectStore('pending').put({ owner, at: Date.now(), state: 'refused', why: 'new-day' });
          writing.oncomplete = resolve;
          asked.result.close();
        };
      }),
  );
  await page.reload();
  await says(page, 'refused');
  await expect(notice(page)).toContainText(say('offline.refused_day', { time: '' }).trim());
  await take(page, 'pending-refused-day');
});

test('what was declared since counts: what waited is not taken, says so, and goes', { tag: PICTURE_PHONE }, async ({ phone: { context, page, line }, server }) => {
  const form = new URL(page.url()).pathname;
  await begin(page);
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  // The same person, where there is a line.
  const other = await context.newPage();
  await other.goto(`${server.url}${form}`);
  await fill(other);
  await declare(other, { symptom: '没有出现症状', temperature: '37.0' });
  await line.mend();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await says(page, 'newer');
  await take(page, 'pending-newer');
  expect((await entries(page)).map(({ state, sealed }) => [state, sealed])).toEqual([['newer', undefined]]);
  await other.goto(`${server.url}/mine`);
  await expect(other.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
  await notice(page).getByRole('button', { name: say('offline.known') }).click();
  await expect(notice(page)).toHaveCount(0);
});

/** Fills a form in and keeps it, by a clock that is so many hours behind. */
async function keepBehind(page: Page, line: Line, hours: number): Promise<void> {
  await line.cut();
  await fill(page);
  await check(page);
  await page.clock.setFixedTime(Date.now() - hours * 3_600_000);
  await submit(page);
  await says(page, 'waiting');
}

const older = (entry: { at: number }, hours: number) => Date.now() - entry.at > hours * 3_600_000;

test('a clock that was days behind, and is right when the line comes back, takes nothing away', async ({ phone: { page, line } }) => {
  await keepBehind(page, line, 72);
  expect(older((await entries(page))[0], 71)).toBe(true);
  await page.clock.setFixedTime(Date.now());
  await page.goto('/');
  await says(page, 'waiting');
  await line.mend();
  await page.goto('/mine');
  await says(page, 'sent');
  await page.reload();
  await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
});

test('what could not be sent for two days, and a day longer, is deleted, and says so', { tag: PICTURE_PHONE }, async ({ phone: { page, line } }) => {
  await keepBehind(page, line, 80);
  await page.clock.setFixedTime(Date.now());
  await page.goto('/');
  await says(page, 'waiting');
  await page.evaluate(async () => {
    const { pending } = window as unknown as { pending: { TAG: string; all(): Promise<object[]> } };
    const foundADayAgo = async () => {
      const [entry] = await pending.all();
      await new Promise((resolve) => {
        const asked = indexedDB.open('shenbao');
        asked.onsuccess = () => {
          const writing = asked.result.transaction('pending', 'readwrite');
          writing.objectStore('pending').put({ ...entry, old: Date.now() - 25 * 3_600_000 });
          writing.oncomplete = resolve;
          asked.result.close();
        };
      });
    };
    // Not while it is being sent.
    await navigator.locks.request(pending.TAG, foundADayAgo);
  });
  await page.reload();
  await says(page, 'expired');
  await take(page, 'pending-expired');
  expect((await entries(page)).map(({ state, sealed }) => [state, sealed])).toEqual([['expired', undefined]]);
  await line.mend();
  await page.goto('/mine');
  await expect(page.getByText(say('declaration.mine_none'))).toBeVisible();
  await notice(page).getByRole('button', { name: say('offline.known') }).click();
  await expect(notice(page)).toHaveCount(0);
});

test('two taps delete what waits, and a form that is sent takes its place', async ({ phone: { page, line } }) => {
  await begin(page);
  await line.cut();
  await fill(page);
  await check(page);
  await submit(page);
  await says(page, 'waiting');
  await notice(page).getByRole('button', { name: say('offline.delete'), exact: true }).click();
  await says(page, 'waiting');
  await notice(page).getByRole('button', { name: say('offline.delete_sure') }).click();
  await expect(notice(page)).toHaveCount(0);
  await line.mend();
  await page.reload();
  await fill(page);
  await page.getByLabel('没有出现症状').check();
  await declare(page, { symptom: '没有出现症状', temperature: '36.4' });
  await page.goto('/mine');
  await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
});

test('a draft says how old it is, and can be cleared', { tag: PICTURE_PHONE }, async ({ phone: { page } }) => {
  await page.locator('#residence').fill('广州市天河区无网路 2 号');
  await expect(page.locator('.draft')).toContainText(say('declaration.draft'));
  await page.evaluate(() => {
    const key = Object.keys(localStorage).find((key) => key.startsWith('shenbao-draft:')) ?? '';
    const [head, body] = (localStorage.getItem(key) ?? '').split('\n');
    const [day, minute] = head.split(' ');
    localStorage.setItem(key, `${day} ${Number(minute) - 135}\n${body}`);
  });
  await page.reload();
  await expect(page.locator('.draft')).toContainText(say('declaration.draft_hours', { hours: 2 }));
  await take(page, 'declare-draft');
  await expect(page.locator('#residence')).toHaveValue('广州市天河区无网路 2 号');
  await page.getByRole('button', { name: say('declaration.draft_clear') }).click();
  await expect(page.locator('.draft')).toHaveCount(0);
  await expect(page.locator('#residence')).toHaveValue('');
  // A form that was checked is made here, and falls back to what was typed.
  await page.locator('#residence').fill('广州市天河区无网路 3 号');
  await page.getByLabel('没有出现症状').check();
  await begin(page);
  await expect(page.locator('#residence')).toHaveValue('广州市天河区无网路 3 号');
  await page.getByRole('button', { name: say('declaration.draft_clear') }).click();
  await expect(page.locator('#residence')).toHaveValue('');
  await expect(page.getByLabel('没有出现症状')).not.toBeChecked();
});

test('drafts of another enterprise stay, another person\'s go, and none is older than a day', async ({ phone: { page } }) => {
  const names = (minutes: number) =>
    page.evaluate((minutes) => {
      const owner = (document.querySelector('[data-owner]') as HTMLElement).dataset.owner ?? '';
      const [elsewhere, another] = ['shenbao-draft:000000000000-aa.x', `shenbao-draft:${owner.slice(0, 12)}-aa.x`];
      for (const name of [elsewhere, another]) localStorage.setItem(name, `2020-02-03 ${Math.floor(Date.now() / 60_000) - minutes}\nresidence=x`);
      return { elsewhere, another };
    }, minutes);
  const kept = () => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('shenbao-draft:')));
  const { elsewhere, another } = await names(60);
  await page.reload();
  await page.waitForLoadState('networkidle');
  expect(await kept()).toContain(elsewhere);
  await expect.poll(kept).not.toContain(another);
  await names(25 * 60);
  await page.goto('/');
  await expect.poll(kept).toEqual([]);
});

test('it can be put on the home screen', async ({ phone: { page } }) => {
  const link = await page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = await (await page.request.get(link ?? '')).json();
  expect(manifest).toMatchObject({ name: say('app.name'), display: 'standalone', start_url: '/' });
  for (const { src, sizes } of manifest.icons) {
    const size = await page.evaluate(async (src) => {
      const picture = new Image();
      picture.src = src;
      await picture.decode();
      return `${picture.naturalWidth}x${picture.naturalHeight}`;
    }, src);
    expect(size).toBe(sizes);
  }
});
