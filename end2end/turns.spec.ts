import type { BrowserContext, Page } from '@playwright/test';
import { Line } from './support/line';
import { type Person, residentId } from './support/people';
import { take } from './support/picture';
import { Server } from './support/server';
import { claim, declare, enrol } from './support/steps';
import { PHONE, PICTURE_PHONE, SCRIPT } from './support/tags';
import { type Enterprise, accessible, awake, expect, hasScript, register, test } from './support/test';
import { fillClaim } from './support/tour';
import { say } from './support/words';
import { BEIJING, DAY, dayIn, zone } from './support/zone';

// The turns that go wrong on the way to a receipt: each is walked to its end, and seen from both sides.

test.describe.configure({ timeout: 180_000 });

// Other numbers than those of the fixture's, whose representatives are other people.
let registered = 500;
let people = 0;

const another = (server: Server, worker: number, timezone = zone()): Enterprise => register(server, 7_000_000 + worker * 1000 + ++registered, timezone);
const someone = (name: string): Person => ({ name, id: residentId('19900101', 300 + ++people), phone: `13900000${300 + people}` });

/** What a representative finds: who declared, and what. Needs JavaScript, as passkeys do. */
class Desk {
  private constructor(
    private readonly page: Page,
    private readonly statistics: string,
  ) {}

  static async of(context: BrowserContext, enterprise: Enterprise): Promise<Desk> {
    const page = await context.newPage();
    await enrol(page, enterprise);
    return new Desk(page, page.url());
  }

  get id(): string {
    return this.statistics.split('/').pop() ?? '';
  }

  /** By name, where each lives, among those who declared in a period. */
  async residences(period = 'today'): Promise<Record<string, string>> {
    await this.page.goto(`${this.statistics}/people?period=${period}`);
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible();
    const found: Record<string, string> = {};
    const names = this.page.locator('.people-name a');
    for (let at = 0; at < (await names.count()); at++) {
      const name = ((await names.nth(at).textContent()) ?? '').trim();
      await names.nth(at).click();
      await expect(this.page).toHaveURL(/\/people\/[0-9a-f]{32}/);
      const residence = this.page.locator('dl.facts > div', { hasText: '近期居住地址' }).locator('dd').first();
      found[name] = ((await residence.textContent()) ?? '').trim();
      await this.page.goBack();
      await expect(names.nth(at)).toBeVisible();
    }
    return found;
  }
}

async function fill(page: Page, residence: string): Promise<void> {
  await page.locator('#residence').fill(residence);
  await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
}

const WELL = { symptom: '没有出现症状', temperature: '36.5' };

async function feel(page: Page, { symptom, temperature } = WELL): Promise<void> {
  await page.getByLabel(symptom).check();
  await page.locator('#temperature').fill(temperature);
}

const toCheck = (page: Page) => page.getByRole('button', { name: say('declaration.to_check') }).click();
const submit = (page: Page) => page.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
const checked = (page: Page) => expect(page.getByText(say('declaration.truthful'))).toBeVisible();
const received = (page: Page) => expect(page.getByText(say('declaration.received'))).toBeVisible();
const lines = (page: Page) => page.getByRole('link', { name: /\d{4}-\d\d-\d\d \d\d:\d\d/ });
const formOf = (page: Page, enterprise: Enterprise) => expect(page.locator('.declare-for')).toHaveText(enterprise.name);
const isUntouched = async (page: Page) => {
  await expect(page.locator('#residence')).toHaveValue('');
  await expect(page.locator('#journeys')).toHaveValue('');
  await expect(page.locator('#temperature')).toHaveValue('');
  await expect(page.locator('#declaration input:checked')).toHaveCount(0);
};

test('the code of another enterprise: it says whose it is, and what is declared there stays there', async ({ visitor, server, enterprise }, info) => {
  const wrong = another(server, info.workerIndex);
  const [mine, theirs] = [await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise), await Desk.of(await visitor({ javaScriptEnabled: true }), wrong)];
  const person = someone('黄走错');
  const phone = await (await visitor()).newPage();

  // Before anything is said, the page names the enterprise; whoever turns back has left nothing.
  await phone.goto(wrong.invitation);
  await expect(phone.getByText(wrong.name).first()).toBeVisible();
  await expect(phone.getByText(wrong.uscc)).toBeVisible();
  await expect(phone.getByText(enterprise.name)).toHaveCount(0);
  await claim(phone, enterprise.invitation, enterprise, person);
  await formOf(phone, enterprise);
  await fill(phone, '本企业路 1 号');

  // Once more, with half a form: the wrong one asks who they are anew, and knows nothing of what was typed.
  await phone.goto(`/declare/${theirs.id}`);
  await expect(phone.getByRole('heading', { level: 1 })).toHaveText(say('error.invitation_required'));
  await claim(phone, wrong.invitation, wrong, person);
  await formOf(phone, wrong);
  await isUntouched(phone);
  await fill(phone, '错企业路 2 号');
  await declare(phone, WELL);
  await expect(phone.locator('dl.facts').first()).toContainText(wrong.name);

  // The right code leads to the right form, which is still to be done.
  await phone.goto(enterprise.invitation);
  await expect(phone).toHaveURL(new RegExp(`/declare/${mine.id}\\b`));
  await formOf(phone, enterprise);
  await expect(phone.locator('.note-good')).toHaveCount(0);
  await expect(phone.locator('#residence')).not.toHaveValue('错企业路 2 号');
  await fill(phone, '本企业路 1 号');
  await declare(phone, WELL);
  await expect(phone.locator('dl.facts').first()).toContainText(enterprise.name);

  // Each enterprise has what was meant for it; the person sees both, and can have the wrong one deleted.
  expect(await mine.residences()).toEqual({ [person.name]: '本企业路 1 号' });
  expect(await theirs.residences()).toEqual({ [person.name]: '错企业路 2 号' });
  await phone.goto('/mine');
  await expect(lines(phone)).toHaveCount(2);
  await expect(phone.getByRole('heading', { name: enterprise.name })).toBeVisible();
  await expect(phone.getByRole('heading', { name: wrong.name })).toBeVisible();
  await phone.goto(`/mine/${theirs.id}`);
  await expect(phone.locator('summary', { hasText: say('rights.ask_deletion') })).toBeVisible();
  await accessible(phone);
});

test('two codes on one phone: two forms side by side, each for its own enterprise', async ({ visitor, server, enterprise }, info) => {
  const second = another(server, info.workerIndex);
  const desks = [await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise), await Desk.of(await visitor({ javaScriptEnabled: true }), second)];
  const person = someone('黄两家');
  const context = await visitor();
  const [one, other] = [await context.newPage(), await context.newPage()];
  await claim(one, enterprise.invitation, enterprise, person);
  await fill(one, '第一家路 1 号');
  await claim(other, second.invitation, second, person);
  await isUntouched(other);
  await fill(other, '第二家路 2 号');
  await feel(one);
  await expect(one.locator('#residence')).toHaveValue('第一家路 1 号');

  // In the order in which nobody would do it: both are looked at, the second is sent first.
  await toCheck(one);
  await checked(one);
  await feel(other, { symptom: '嗜倦、呼吸急促', temperature: '38.6' });
  await toCheck(other);
  await checked(other);
  await submit(other);
  await received(other);
  await expect(other.locator('dl.facts').first()).toContainText(second.name);
  await expect(one.getByText('第一家路 1 号')).toBeVisible();
  await submit(one);
  await received(one);
  await expect(one.locator('dl.facts').first()).toContainText(enterprise.name);
  await expect(one.getByText(say('declaration.state_good'))).toBeVisible();
  await expect(other.getByText(say('declaration.state_urgent'))).toBeVisible();

  expect(await desks[0].residences()).toEqual({ [person.name]: '第一家路 1 号' });
  expect(await desks[1].residences()).toEqual({ [person.name]: '第二家路 2 号' });
  await one.goto('/mine');
  await expect(lines(one)).toHaveCount(2);
  // Either code leads to its own form again.
  for (const known of [second, enterprise]) {
    await one.goto(known.invitation);
    await formOf(one, known);
    await expect(one.locator('.note-good')).toBeVisible();
  }
});

test('a shared phone: the second person sees nothing of the first, forwards and back', async ({ visitor, enterprise }, info) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const [first, next] = [someone('黄先填'), someone('李后填')];
  const phone = await (await visitor()).newPage();
  const nothingOfTheFirst = async () => {
    for (const said of [first.name, '先填路 1 号', '只有先填的人知道', first.id.slice(-8)]) {
      await expect(phone.getByText(said)).toHaveCount(0);
      expect(await phone.content()).not.toContain(said);
    }
  };
  await claim(phone, enterprise.invitation, enterprise, first);
  await fill(phone, '先填路 1 号');
  const receipt = await declare(phone, WELL);
  await phone.goto(enterprise.invitation);
  await phone.locator('#journeys').fill('只有先填的人知道');

  // Straight from the first one's form.
  await phone.getByRole('link', { name: say('account.not_you') }).click();
  if (phone.url().endsWith('/account')) {
    await expect(phone.getByRole('heading', { level: 1 })).toBeVisible();
    await phone.goto(`${enterprise.invitation}?other=1`);
  }
  await nothingOfTheFirst();
  await claim(phone, `${enterprise.invitation}?other=1`, enterprise, next);
  await isUntouched(phone);
  await nothingOfTheFirst();

  // Back through what was on the screen before. Without JavaScript the browser itself stops at the first page that was posted.
  for (let step = 0; hasScript(info.project.use) && step < 8; step++) {
    await phone.goBack();
    if (phone.url() === 'about:blank') break;
    await phone.waitForLoadState('load');
    await expect(phone.getByRole('heading', { level: 1 })).toBeVisible();
    await nothingOfTheFirst();
  }
  await phone.goto(`/done/${receipt}`);
  await expect(phone.getByRole('heading', { level: 1 })).toHaveText(say('error.not_found'));
  await phone.goto('/mine');
  await expect(phone.getByText(say('declaration.mine_none'))).toBeVisible();
  await nothingOfTheFirst();

  await phone.goto(enterprise.invitation);
  await fill(phone, '后填路 2 号');
  await declare(phone, WELL);
  await nothingOfTheFirst();
  await phone.goto('/mine');
  await expect(lines(phone)).toHaveCount(1);
  expect(await desk.residences()).toEqual({ [first.name]: '先填路 1 号', [next.name]: '后填路 2 号' });
});

test('a form that was opened before somebody else took the phone over is nobody\'s declaration', { tag: PICTURE_PHONE }, async ({ visitor, enterprise }) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const [first, next] = [someone('黄旧页'), someone('李新人')];
  const context = await visitor();
  const old = await context.newPage();
  await claim(old, enterprise.invitation, enterprise, first);
  await fill(old, '旧页路 1 号');
  await feel(old);
  await toCheck(old);
  await checked(old);
  const other = await context.newPage();
  await claim(other, `${enterprise.invitation}?other=1`, enterprise, next);

  await submit(old);
  await expect(old.getByText(say('declaration.note_other_person'))).toBeVisible();
  await expect(old.getByText(next.name)).toBeVisible();
  await isUntouched(old);
  expect(await old.content()).not.toContain('旧页路 1 号');
  await take(old, 'declare-other-person');
  expect(await desk.residences()).toEqual({});

  await fill(old, '新人路 2 号');
  await declare(old, WELL);
  expect(await desk.residences()).toEqual({ [next.name]: '新人路 2 号' });
});

test('back at each step, and forward again: one declaration, nothing typed is lost', { tag: SCRIPT }, async ({ visitor, enterprise }, info) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const person = someone('黄后退');
  const phone = await (await visitor()).newPage();
  const there = () => expect(phone.getByRole('heading', { level: 1 })).toBeVisible();
  const back = async () => {
    await phone.goBack();
    await there();
  };
  const forward = async () => {
    await phone.goForward();
    await there();
  };
  const typed = async () => {
    await expect(phone.locator('#residence')).toHaveValue('后退路 1 号');
    await expect(phone.locator('#temperature')).toHaveValue('36.5');
    await expect(phone.getByLabel('没有出现症状')).toBeChecked();
  };
  await claim(phone, enterprise.invitation, enterprise, person);
  const atForm = new RegExp(`/declare/${desk.id}(\\?|$)`);

  // From the form: the code's page knows them now, and leads to the form again.
  await phone.waitForLoadState('networkidle');
  await back();
  await expect(phone).toHaveURL(atForm);
  await forward();
  await expect(phone).toHaveURL(atForm);

  // From the problems, and from 请核对.
  await phone.waitForLoadState('networkidle');
  await phone.locator('#residence').fill('后退路 1 号');
  await toCheck(phone);
  await expect(phone.locator('.error-summary').getByRole('link')).toHaveCount(3);
  await back();
  await forward();
  await phone.goto(enterprise.invitation);
  await expect(phone.locator('#residence')).toHaveValue('后退路 1 号');
  await fill(phone, '后退路 1 号');
  await feel(phone);
  await toCheck(phone);
  await checked(phone);
  await back();
  await forward();
  await phone.goto(enterprise.invitation);
  await typed();
  await toCheck(phone);
  await checked(phone);
  await phone.getByRole('button', { name: say('declaration.edit') }).first().click();
  await typed();
  await toCheck(phone);
  await checked(phone);
  await submit(phone);
  await received(phone);
  const receipt = phone.url();

  // From the receipt: a form that says that today is done.
  await back();
  await expect(phone).toHaveURL(atForm);
  await expect(phone.locator('.note-good')).toBeVisible();
  await expect(phone.locator('#temperature')).toHaveValue('');
  await forward();
  await expect(phone).toHaveURL(receipt);
  await received(phone);
  await phone.goto('/mine');
  await expect(lines(phone)).toHaveCount(1);
  expect(await desk.residences()).toEqual({ [person.name]: '后退路 1 号' });
});

/** A form of somebody who has said nothing yet, without the mistakes that `claim` makes first. */
async function quickly(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await fillClaim(page, 600 + ++people);
  await page.getByRole('button', { name: say('app.go_sign_in') }).click();
  await expect(page).toHaveURL(/\/declare\/[0-9a-z]{12}$/);
}

const NAME = '黄人人';

test('back at each step without JavaScript: one declaration, and what was to be altered is still there', async ({ visitor, enterprise }) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const phone = await (await visitor({ javaScriptEnabled: false })).newPage();
  const atForm = new RegExp(`/declare/${desk.id}(\\?|$)`);
  // A page that was posted the browser itself does not post again without being told to.
  const stopped = async (way: 'goBack' | 'goForward') => {
    await expect(phone[way]()).rejects.toThrow('ERR_CACHE_MISS');
    await expect(async () => expect(await phone.evaluate(() => location.protocol)).toBe('chrome-error:')).toPass();
  };
  await quickly(phone, enterprise.invitation);

  // From the form: the code's page knows them now, and leads to the form again.
  await phone.goBack();
  await expect(phone).toHaveURL(atForm);
  await phone.goForward();
  await formOf(phone, enterprise);
  await fill(phone, '无脚本路 1 号');
  await feel(phone);
  await toCheck(phone);
  await checked(phone);

  // From 请核对: nothing was declared, and its own way back keeps what was typed.
  await phone.goBack();
  await formOf(phone, enterprise);
  await expect(phone.locator('.note-good')).toHaveCount(0);
  await stopped('goForward');
  expect(await desk.residences()).toEqual({});
  await phone.goto(enterprise.invitation);
  await fill(phone, '无脚本路 2 号');
  await feel(phone);
  await toCheck(phone);
  await checked(phone);
  await phone.getByRole('button', { name: say('declaration.edit') }).first().click();
  await expect(phone.locator('#residence')).toHaveValue('无脚本路 2 号');
  await expect(phone.locator('#temperature')).toHaveValue('36.5');
  await expect(phone.getByLabel(WELL.symptom)).toBeChecked();
  await toCheck(phone);
  await checked(phone);
  await submit(phone);
  await received(phone);

  // From the receipt: the browser stops before what was posted, and the code leads to a form that says that today is done.
  await stopped('goBack');
  await phone.goto(enterprise.invitation);
  await expect(phone).toHaveURL(atForm);
  await expect(phone.locator('.note-good')).toBeVisible();
  await expect(phone.locator('#temperature')).toHaveValue('');
  await phone.goto('/mine');
  await expect(lines(phone)).toHaveCount(1);
  expect(await desk.residences()).toEqual({ [NAME]: '无脚本路 2 号' });
});

test('a session ends while a representative writes: they are told, sign in, and come back to what they wrote in', { tag: [PHONE, SCRIPT] }, async ({ visitor, database }, info) => {
  const noon = new Date();
  const own = await Server.start(database, 'serve', undefined, noon);
  try {
    const enterprise = another(own, info.workerIndex);
    const page = await (await visitor({ baseURL: own.url })).newPage();
    await enrol(page, enterprise);
    const reminders = `${page.url()}/reminders`;
    const words = page.getByLabel(say('reminder.words'));
    const save = page.getByRole('button', { name: say('reminder.save'), exact: true });
    const write = async (text: string) => {
      await page.getByRole('group', { name: say('reminder.times') }).locator('input').first().fill('09:30');
      await page.getByLabel(say('reminder.working')).check();
      await words.fill(text);
    };
    await page.goto(reminders);
    // Fourteen minutes are not too long.
    own.setClock(new Date(noon.getTime() + 14 * 60_000));
    await write('九点半前请申报');
    await save.click();
    await expect(page.getByText(say('reminder.done_save'))).toBeVisible();
    await write('写到一半离开的话');
    own.setClock(new Date(noon.getTime() + 30 * 60_000));
    await save.click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.sign_in_required'));
    await expect(page.getByText(say('error.sign_in_required_do'))).toBeVisible();
    await accessible(page);
    // What was typed is not stored, and can be copied.
    await expect(page.getByText(say('error.kept'))).toBeVisible();
    await expect(page.getByText('写到一半离开的话')).toBeVisible();

    await page.getByRole('link', { name: say('app.go_sign_in') }).click();
    await page.getByRole('button', { name: say('app.go_sign_in') }).click();
    await expect(page).toHaveURL(reminders);
    await expect(words).toHaveValue('九点半前请申报');
    await write('回来以后再写的话');
    await save.click();
    await expect(page.getByText(say('reminder.done_save'))).toBeVisible();
    await page.goto(reminders);
    await expect(words).toHaveValue('回来以后再写的话');
    await page.context().close();
  } finally {
    await own.stop();
  }
});

/** Answers of this address come in terms that this page's build does not know, as from a newer server. */
async function inOtherTerms(page: Page, address: string): Promise<void> {
  await page.route(address, async (route) => {
    const response = await route.fetch();
    // The first number behind a semicolon is the shape of what is answered.
    const body = (await response.text()).replace(/;\d+;/, ';1;');
    await route.fulfill({ response, body });
  });
}

test('a newer server that speaks in other terms: an open form says that it is to be loaded anew, and nothing typed is lost', { tag: SCRIPT }, async ({ visitor, enterprise }) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const phone = await (await visitor()).newPage();
  await quickly(phone, enterprise.invitation);
  await fill(phone, '旧程序路 1 号');
  await feel(phone);
  await toCheck(phone);
  await checked(phone);
  await inOtherTerms(phone, '**/api/declare');
  await submit(phone);
  await expect(phone.getByRole('alert')).toContainText(say('error.outdated'));
  await expect(phone.getByRole('alert')).toContainText(say('error.outdated_do'));
  await expect(phone.getByText('旧程序路 1 号')).toBeVisible();
  await accessible(phone);

  // It does what it says: what was sent has arrived, as was promised, and what was typed is there still.
  await phone.unroute('**/api/declare');
  await phone.reload();
  await expect(phone.locator('.draft')).toBeVisible();
  await expect(phone.locator('.note-good')).toBeVisible();
  await expect(phone.locator('#residence')).toHaveValue('旧程序路 1 号');
  await expect(phone.locator('#temperature')).toHaveValue('36.5');
  await expect(phone.getByLabel(WELL.symptom)).toBeChecked();
  expect(await desk.residences()).toEqual({ [NAME]: '旧程序路 1 号' });
  await fill(phone, '新程序路 2 号');
  await declare(phone, WELL);
  expect(await desk.residences()).toEqual({ [NAME]: '新程序路 2 号' });

  // A page that was asked for and cannot be read is loaded anew by itself.
  await phone.goto('/mine');
  await awake(phone);
  await inOtherTerms(phone, '**/api/declaration-form');
  const asked = phone.waitForResponse('**/api/declaration-form');
  await phone.locator(`main a[href^="/declare/${desk.id}"]`).first().click();
  expect((await asked).ok()).toBe(true);
  await expect(phone.locator('#residence')).toBeVisible();
  await expect(phone.locator('.note-good')).toBeVisible();
});

test('whoever takes more than ten minutes at a tablet is told, and nobody after them finds what they typed', { tag: PHONE }, async ({ visitor, database }, info) => {
  const noon = new Date();
  const own = await Server.start(database, 'serve', undefined, noon);
  try {
    const enterprise = another(own, info.workerIndex);
    const context = await visitor({ baseURL: own.url, javaScriptEnabled: true });
    const desk = await Desk.of(context, enterprise);
    const office = context.pages()[0];
    await office.goto(`/e/${desk.id}/tablets`);
    await office.getByLabel(say('tablet.name'), { exact: true }).fill('东门');
    await office.getByRole('button', { name: say('tablet.make') }).click();
    const link = (await office.locator('#invite-words').textContent()) ?? '';
    const tablet = await (await visitor({ baseURL: own.url })).newPage();
    await tablet.goto(link);
    await tablet.getByRole('button', { name: say('tablet.set_up') }).click();
    await expect(tablet).toHaveURL(/\/tablet$/);
    await fillClaim(tablet, 600 + ++people);
    await tablet.getByRole('button', { name: say('app.go_sign_in') }).click();
    await expect(tablet).toHaveURL(/\/declare\//);
    const form = new URL(tablet.url()).pathname;
    await fill(tablet, '平板路 1 号');
    await feel(tablet);
    own.setClock(new Date(noon.getTime() + 11 * 60_000));
    await toCheck(tablet);
    if (hasScript(info.project.use)) {
      await checked(tablet);
      await submit(tablet);
    }
    await expect(tablet.getByText(say('error.invitation_required')).first()).toBeVisible();
    await accessible(tablet);
    await tablet.goto('/tablet');
    await expect(tablet.getByLabel(say('account.name'), { exact: true })).toHaveValue('');
    for (const path of ['/tablet', form]) {
      await tablet.goto(path);
      expect(await tablet.content()).not.toContain('平板路');
    }
    if (hasScript(info.project.use)) expect(await tablet.evaluate(() => Object.keys(localStorage))).toEqual([]);
    expect(await desk.residences()).toEqual({});
    await tablet.context().close();
    await office.context().close();
  } finally {
    await own.stop();
  }
});

test('the same form sent twice, as a browser does that is asked to, is one declaration', async ({ visitor, enterprise }) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const person = someone('黄重交');
  const phone = await (await visitor()).newPage();
  await claim(phone, enterprise.invitation, enterprise, person);
  const form = phone.url();
  await fill(phone, '重交路 1 号');
  await feel(phone);
  await toCheck(phone);
  await checked(phone);
  const fields = await phone.locator('#declaration input[type=hidden]').all();
  const body = new URLSearchParams([['step', 'submit']]);
  for (const field of fields) body.append((await field.getAttribute('name')) ?? '', (await field.getAttribute('value')) ?? '');
  await submit(phone);
  await received(phone);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(form).origin };
  const again = await phone.request.post(form, { data: body.toString(), headers });
  expect(again.url()).toBe(phone.url());
  await phone.goto('/mine');
  await expect(lines(phone)).toHaveCount(1);
  expect(await desk.residences()).toEqual({ [person.name]: '重交路 1 号' });
});

test('withdrawn in another tab: the open form says so, keeps its answers, and goes when both consents are given anew', async ({ visitor, enterprise }, info) => {
  const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
  const person = someone('黄撤回');
  const context = await visitor();
  const phone = await context.newPage();
  await claim(phone, enterprise.invitation, enterprise, person);
  await fill(phone, '撤回路 1 号');
  await feel(phone);
  await toCheck(phone);
  await checked(phone);
  const tab = await context.newPage();
  await tab.goto(phone.url().replace('/declare/', '/mine/'));
  await tab.locator('summary', { hasText: say('rights.consent_health') }).click();
  await tab.getByRole('button', { name: say('rights.withdraw') }).last().click();
  await expect(tab.getByText(say('rights.done_withdrawn'))).toBeVisible();

  await submit(phone);
  await expect(phone.getByText('您撤回过同意').first()).toBeVisible();
  await expect(phone.locator('#residence')).toHaveValue('撤回路 1 号');
  await expect(phone.locator('#temperature')).toHaveValue('36.5');
  await expect(phone.getByLabel('没有出现症状')).toBeChecked();
  await accessible(phone);
  expect(await desk.residences()).toEqual({});
  await phone.getByLabel(say('account.consent_notice')).check();
  await phone.getByLabel(say('account.consent_health')).check();
  await declare(phone, WELL);
  expect(await desk.residences()).toEqual({ [person.name]: '撤回路 1 号' });
  expect(hasScript(info.project.use) ? await phone.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('shenbao-draft:'))) : []).toEqual([]);
});

for (const how of ['the device is made to forget', 'the representative deletes the person'] as const) {
  test(`${how} while a form is open: it says what to do, and the answers stay with whoever it was`, async ({ visitor, enterprise }, info) => {
    const script = hasScript(info.project.use);
    const office = await visitor({ javaScriptEnabled: true });
    const desk = await Desk.of(office, enterprise);
    const person = someone('黄失效');
    const context = await visitor();
    const phone = await context.newPage();
    await claim(phone, enterprise.invitation, enterprise, person);
    const form = phone.url();
    const tab = await context.newPage();
    if (how === 'the representative deletes the person') {
      await tab.goto(form.replace('/declare/', '/mine/'));
      await tab.locator('summary', { hasText: say('rights.ask_deletion') }).click();
      await tab.locator('#ask-deletion').fill('请删除');
      await tab.getByRole('button', { name: say('rights.ask_deletion') }).click();
      await expect(tab.getByText(say('rights.done_asked'))).toBeVisible();
    }
    await fill(phone, '失效路 1 号');
    await feel(phone);
    await toCheck(phone);
    await checked(phone);
    if (how === 'the representative deletes the person') {
      const page = office.pages()[0];
      await page.goto(`/e/${desk.id}/requests`);
      await page.locator('summary', { hasText: say('rights.delete') }).click();
      await page.getByRole('button', { name: say('rights.delete_confirm') }).click();
      await expect(page.getByText(say('rights.done_deleted'))).toBeVisible();
    } else {
      await tab.goto('/account');
      await tab.getByRole('button', { name: say('account.forget') }).click();
      await expect(tab.getByRole('button', { name: say('account.forget') })).toHaveCount(0);
    }

    await submit(phone);
    await expect(phone.getByText(say('error.invitation_required')).first()).toBeVisible();
    await expect(phone.getByText(say('error.invitation_required_do'))).toBeVisible();
    await expect(phone.getByText('失效路 1 号')).toBeVisible();
    await accessible(phone);
    expect(await desk.residences()).toEqual({});

    // They do what it says, beside the page that has their answers.
    await claim(tab, enterprise.invitation, enterprise, person);
    await isUntouched(tab);
    if (script) {
      await submit(phone);
      await received(phone);
    } else {
      await fill(tab, '失效路 1 号');
      await declare(tab, WELL);
    }
    // On a device that is new to the enterprise the same document is to be verified first.
    const where = how === 'the device is made to forget' ? 'today&standing=to-verify' : 'today';
    expect(await desk.residences(where)).toEqual({ [person.name]: '失效路 1 号' });

    // Whoever comes next finds nothing.
    await claim(tab, `${enterprise.invitation}?other=1`, enterprise, someone('李接手'));
    await isUntouched(tab);
    if (script) expect(await tab.evaluate(() => JSON.stringify(localStorage))).not.toContain(encodeURIComponent('失效路'));
  });
}

/** Five minutes before a midnight in Beijing that is near. */
function beforeMidnight(): Date {
  const today = Math.floor((Date.now() + BEIJING.ahead) / DAY) * DAY - BEIJING.ahead;
  return new Date(today + DAY - 5 * 60_000);
}

test('midnight passes while a form is open: it counts for the new day, and asks anew what is asked each day', { tag: PICTURE_PHONE }, async ({ visitor, database }, info) => {
  const evening = beforeMidnight();
  const morning = new Date(evening.getTime() + 9 * 60_000);
  const own = await Server.start(database, 'serve', undefined, evening);
  try {
    const enterprise = another(own, info.workerIndex, BEIJING);
    const desk = await Desk.of(await visitor({ baseURL: own.url, javaScriptEnabled: true }), enterprise);
    const [late, twice] = [someone('黄跨日'), someone('李重发')];
    const phone = await (await visitor({ baseURL: own.url })).newPage();
    await claim(phone, enterprise.invitation, enterprise, late);
    await fill(phone, '跨日路 1 号');
    await phone.locator('#journeys').fill('昨天写的行程');
    await feel(phone);
    await toCheck(phone);
    await checked(phone);
    const other = await (await visitor({ baseURL: own.url })).newPage();
    await claim(other, enterprise.invitation, enterprise, twice);
    await fill(other, '重发路 2 号');
    await declare(other, WELL);
    const receipt = other.url();

    own.setClock(morning);
    await submit(phone);
    await expect(phone.getByText(say('declaration.note_new_day'))).toBeVisible();
    await expect(phone.locator('#residence')).toHaveValue('跨日路 1 号');
    await expect(phone.locator('#journeys')).toHaveValue('昨天写的行程');
    await expect(phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last()).toBeChecked();
    await expect(phone.locator('#temperature')).toHaveValue('');
    await expect(phone.getByLabel('没有出现症状')).not.toBeChecked();
    await take(phone, 'declare-new-day');
    expect(await desk.residences()).toEqual({});
    await declare(phone, { symptom: '没有出现症状', temperature: '36.7' });
    await expect(phone.locator('dl.facts').first()).toContainText(dayIn(morning, BEIJING));
    expect(await desk.residences()).toEqual({ [late.name]: '跨日路 1 号' });

    // Yesterday's is yesterday's, and no pass for today.
    await other.goto(receipt);
    await received(other);
    await expect(other.locator('dl.facts').first()).toContainText(dayIn(evening, BEIJING));
    await expect(other.locator('.pass')).toHaveCount(0);
    await other.goto(enterprise.invitation);
    await expect(other.locator('.note-good')).toHaveCount(0);
    await expect(other.locator('#residence')).toHaveValue('重发路 2 号');
    await phone.goto('/mine');
    await expect(lines(phone)).toHaveCount(1);
    await expect(lines(phone)).toContainText(dayIn(morning, BEIJING));
    await phone.context().close();
    await other.context().close();
  } finally {
    await own.stop();
  }
});

test('a date that was the future when the form was opened is today by now', async ({ visitor }, info) => {
  const evening = beforeMidnight();
  const morning = new Date(evening.getTime() + 9 * 60_000);
  const own = await Server.start('sqlite', 'serve', undefined, evening);
  try {
    const enterprise = another(own, info.workerIndex, BEIJING);
    const phone = await (await visitor({ baseURL: own.url })).newPage();
    await claim(phone, enterprise.invitation, enterprise, someone('黄凌晨'));
    await phone.locator('#residence').fill('凌晨路 1 号');
    await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').first().check();
    await phone.getByLabel('出发城市').selectOption('440500');
    await phone.getByLabel('到达城市').selectOption('440100');
    await phone.getByLabel('航空').check();
    const date = phone.locator('#declaration input[type=date]').last();
    const id = (await date.getAttribute('id')) ?? '';
    await date.fill(dayIn(morning, BEIJING));
    await feel(phone);
    own.setClock(morning);
    await toCheck(phone);
    // With WASM the form is looked at by the day on which it was opened: it points the date out, and lets it pass.
    if (hasScript(info.project.use)) await phone.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
    await expect(phone.getByText(say('declaration.note_new_day'))).toBeVisible();
    await expect(phone.locator(`#${id}`)).toHaveValue(dayIn(morning, BEIJING));
    await expect(phone.locator('.error-summary')).toHaveCount(0);
    await declare(phone, WELL);
    await phone.context().close();
  } finally {
    await own.stop();
  }
});

test('midnight passes over a pass, and the line is cut: it is over, and its page stays until there is a line', { tag: [PICTURE_PHONE, SCRIPT] }, async ({ browser, contextOptions }, info) => {
  const evening = beforeMidnight();
  const own = await Server.start('sqlite', 'serve', undefined, evening);
  const line = await Line.to(own.url);
  // The browser itself complains of a line that is cut, so nobody watches.
  const context = await browser.newContext({ ...contextOptions, viewport: info.project.use.viewport, locale: 'zh-CN', baseURL: line.url });
  try {
    const enterprise = another(own, info.workerIndex, BEIJING);
    const phone = await context.newPage();
    await claim(phone, new URL(enterprise.invitation).pathname, enterprise, someone('黄过夜'));
    await fill(phone, '过夜路 1 号');
    await declare(phone, WELL);
    await phone.clock.install();
    await phone.reload();
    await expect(phone.getByText(say('gate.pass_note'))).toBeVisible();
    await line.cut();
    await phone.clock.fastForward('06:00');
    await expect(phone.locator('.pass').getByText(say('gate.pass_over'))).toBeVisible();
    for (const gone of ['.pass-verdict', '.pass-clock', '.pass-qr']) await expect(phone.locator(gone)).toBeHidden();
    await take(phone, 'receipt-over');
    own.setClock(new Date(evening.getTime() + 9 * 60_000));
    await line.mend();
    await phone.clock.fastForward('00:30');
    await expect(phone.locator('.pass')).toHaveCount(0);
    await received(phone);
    await expect(phone.locator('dl.facts').first()).toContainText(dayIn(evening, BEIJING));
  } finally {
    await context.close();
    await line.cut();
    await own.stop();
  }
});

for (const old of ['stay', 'go'] as const) {
  test(`another build serves while a form is open, and the files of the old one ${old}`, async ({ browser, contextOptions, visitor, database }, info) => {
    const script = hasScript(info.project.use);
    const own = await Server.start(database);
    // The browser itself complains of files that are gone, so nobody watches; one without JavaScript asks for none of them.
    const unwatched = { ...contextOptions, viewport: info.project.use.viewport, locale: 'zh-CN', baseURL: own.url };
    const context = script ? await browser.newContext(unwatched) : await visitor({ baseURL: own.url });
    try {
      const enterprise = another(own, info.workerIndex);
      const desk = await Desk.of(await visitor({ baseURL: own.url, javaScriptEnabled: true }), enterprise);
      const begun = await context.newPage();
      await claim(begun, enterprise.invitation, enterprise, someone('黄更新'));
      const form = begun.url();
      if (script) {
        await begun.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
        await begun.reload();
        await begun.waitForLoadState('networkidle');
      }
      // The one has not begun to answer: what checks it has not been fetched. Another waits at the page 请核对.
      const ready = await context.newPage();
      await ready.goto(form);
      await fill(ready, '更新路 9 号');
      if (old === 'stay') {
        await feel(ready);
        await toCheck(ready);
        await checked(ready);
      } else if (script) {
        await ready.evaluate(() => Object.keys(localStorage).forEach((key) => localStorage.removeItem(key)));
        await ready.close();
      }

      await own.update(old);
      await fill(begun, '更新路 1 号');
      await feel(begun);
      await toCheck(begun);
      await checked(begun);
      if (script) await accessible(begun);
      await expect(begun.getByText('更新路 1 号')).toBeVisible();
      await submit(begun);
      await received(begun);
      expect(await desk.residences()).toEqual({ 黄更新: '更新路 1 号' });
      if (old === 'stay') {
        await submit(ready);
        await received(ready);
        expect(await desk.residences()).toEqual({ 黄更新: '更新路 9 号' });
        await ready.close();
      }

      // The next visit has the new files, by way of the service worker that knows the old ones; and then the next one that has the new.
      await begun.close();
      for (let visit = 0; visit < 2; visit++) {
        const page = await context.newPage();
        const failed: string[] = [];
        page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
        page.on('pageerror', (error) => failed.push(String(error)));
        await page.goto(form);
        await page.waitForLoadState('networkidle');
        await fill(page, `更新路 ${visit + 2} 号`);
        await declare(page, WELL);
        expect(failed).toEqual([]);
        if (script) await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
        await page.close();
      }
      expect(await desk.residences()).toEqual({ 黄更新: '更新路 3 号' });
    } finally {
      await context.close();
      await own.stop();
    }
  });
}

/** The phone's own clock: wrong by so much, until `window.clock` says otherwise. */
const wrongBy = (millis: number) => `{
  const Right = Date;
  globalThis.clockAhead = ${millis};
  globalThis.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() + globalThis.clockAhead); }
    static now() { return Right.now() + globalThis.clockAhead; }
  };
}`;

for (const [what, ahead] of [['a day ahead', DAY], ['a day behind', -DAY]] as const) {
  test(`a phone whose clock is ${what}: the day is the server's, and so is the pass's time`, { tag: SCRIPT }, async ({ visitor, enterprise }, info) => {
    const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
    const person = someone('黄错钟');
    const context = await visitor();
    await context.addInitScript({ content: wrongBy(ahead) });
    const phone = await context.newPage();
    await claim(phone, enterprise.invitation, enterprise, person);
    await phone.waitForLoadState('networkidle');
    await phone.locator('#residence').fill('错钟路 1 号');
    await expect(phone.locator('.draft')).toBeVisible();
    await phone.reload();
    // The draft is of the server's day, and as old as it is.
    await expect(phone.locator('#residence')).toHaveValue('错钟路 1 号');
    await expect(phone.locator('.draft')).not.toContainText('小时');
    await fill(phone, '错钟路 1 号');
    await declare(phone, WELL);
    await expect(phone.locator('dl.facts').first()).toContainText(dayIn(new Date(), enterprise.zone));
    const seconds = async () => ((await phone.locator('.pass-clock').textContent()) ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    const server = () => Math.floor(((Date.now() + enterprise.zone.ahead) % DAY) / 1000);
    await expect(phone.locator('.pass')).toContainText(dayIn(new Date(), enterprise.zone));
    expect(Math.abs((await seconds()) - server())).toBeLessThan(20);
    const shown = await seconds();
    await expect.poll(seconds).toBeGreaterThan(shown);

    // Somebody sets it right while the pass is shown: it neither stands still nor jumps.
    const before = await seconds();
    await phone.evaluate(() => Object.assign(globalThis, { clockAhead: 0 }));
    await expect.poll(seconds, { timeout: 20_000 }).toBeGreaterThan(before + 2);
    await expect.poll(async () => Math.abs((await seconds()) - server()), { timeout: 20_000 }).toBeLessThan(20);
    await expect(phone.locator('.pass-qr')).toBeVisible();
    expect(await desk.residences()).toEqual({ [person.name]: '错钟路 1 号' });
  });

  test(`what waits on a phone whose clock is ${what} is sent when it is set right, and counts for the server's day`, { tag: SCRIPT }, async ({ browser, contextOptions, server, enterprise, visitor }, info) => {
    const desk = await Desk.of(await visitor({ javaScriptEnabled: true }), enterprise);
    const person = someone('黄待发');
    const line = await Line.to(server.url);
    // The browser itself complains of a line that is cut, so nobody watches.
    const context = await browser.newContext({ ...contextOptions, viewport: info.project.use.viewport, locale: 'zh-CN', baseURL: line.url });
    await context.addInitScript({ content: wrongBy(ahead) });
    const phone = await context.newPage();
    await claim(phone, new URL(enterprise.invitation).pathname, enterprise, person);
    await phone.waitForLoadState('networkidle');
    const part = phone.waitForResponse('**/split_desk*');
    await phone.locator('#residence').fill('待');
    await (await part).finished();
    await line.cut();
    await fill(phone, '待发路 1 号');
    await feel(phone);
    await toCheck(phone);
    await checked(phone);
    await submit(phone);
    const waits = (state: string) => expect(phone.locator('#pending').getByRole('heading', { name: say(`offline.${state}`), exact: true })).toBeVisible({ timeout: 30_000 });
    await waits('waiting');
    await phone.evaluate(() => Object.assign(globalThis, { clockAhead: 0 }));
    await line.mend();
    await phone.evaluate(() => dispatchEvent(new Event('online')));
    await waits('sent');
    await phone.locator('#pending').getByRole('link', { name: say('offline.receipt') }).click();
    await received(phone);
    await expect(phone.locator('dl.facts').first()).toContainText(dayIn(new Date(), enterprise.zone));
    expect(await desk.residences()).toEqual({ [person.name]: '待发路 1 号' });
    await context.close();
    await line.cut();
  });
}
