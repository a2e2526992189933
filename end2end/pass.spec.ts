import type { Locator, Page } from '@playwright/test';
import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare, enrol, pass, repeat, scan } from './support/steps';
import { expect, hasScript, test } from './support/test';
import { PICTURE, SCRIPT } from './support/tags';
import { say } from './support/words';
import { DAY } from './support/zone';

/** Each time that a finger or a mouse comes down, whichever page it is. */
const COUNT_TAPS = `addEventListener('pointerdown', ({ isTrusted }) => isTrusted && sessionStorage.setItem('taps', Number(sessionStorage.getItem('taps')) + 1), true)`;

/** All of this stands in the window as it is, without scrolling. */
async function onOneScreen(page: Page, ...parts: Locator[]): Promise<void> {
  const height = page.viewportSize()?.height ?? 0;
  for (const part of parts) {
    const box = await part.boundingBox();
    expect(box?.y, String(part)).toBeGreaterThanOrEqual(0);
    expect((box?.y ?? 0) + (box?.height ?? 0), String(part)).toBeLessThanOrEqual(height);
  }
}

const DEPARTMENT = '仓储部';
const healthy = { symptom: '没有出现症状', temperature: '36.4' };

test('a repeat takes four taps, and its receipt is a pass on one screen, which a guard can check with and without a line', { tag: PICTURE }, async ({ visitor, enterprise }, info) => {
  test.slow();
  const script = hasScript(info.project.use);
  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  await desk.getByRole('link', { name: say('department.title'), exact: true }).click();
  await desk.getByLabel(say('department.names'), { exact: true }).fill(DEPARTMENT);
  await desk.getByRole('button', { name: say('department.add') }).click();
  await expect(desk.locator('.department')).toHaveCount(1);
  await desk.goto(new URL(desk.url()).pathname.replace('/departments', ''));
  await desk.getByRole('link', { name: say('statistics.invite') }).click();
  await expect(desk).toHaveURL(/\/invite$/);
  const link = await scan(desk);
  await desk.getByRole('link', { name: say('gate.title') }).click();
  await expect(desk).toHaveURL(/\/gate$/);
  await take(desk, 'gate-empty');

  // A name is missing: what was typed stays.
  await desk.getByLabel(say('gate.contact_phone'), { exact: true }).fill('020-12345678');
  await desk.getByRole('button', { name: say('gate.save') }).click();
  await expect(desk.getByText(say('gate.problem_name'))).toBeVisible();
  await take(desk, 'gate-problem');
  await expect(desk.getByLabel(say('gate.contact_phone'), { exact: true })).toHaveValue('020-12345678');
  await desk.getByLabel(say('gate.contact_name'), { exact: true }).fill('人事部 李主任');
  await desk.getByRole('button', { name: say('gate.save') }).click();
  await expect(desk.getByText(say('gate.problem_name'))).toHaveCount(0);
  await expect(desk.getByLabel(say('gate.contact_name'), { exact: true })).toHaveValue('人事部 李主任');
  await take(desk, 'gate');
  const guards = (await desk.locator('#invite-words').textContent()) ?? '';
  expect(new URL(guards).pathname).toMatch(/^\/gate\/[0-9a-z]{12}$/);

  const person = { name: '黄试验', id: residentId('19930101', 61), phone: '13900000061' };
  const pocket = await visitor();
  await pocket.addInitScript({ content: COUNT_TAPS });
  const phone = await pocket.newPage();
  await claim(phone, link, enterprise, person, DEPARTMENT);
  await phone.locator('#residence').fill('广州市天河区试验路 1 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  const first = await declare(phone, healthy);
  await expect(phone.getByText(say('gate.verdict_pass'))).toBeVisible();
  // What it says of its clock is true.
  await expect(phone.getByText(say('gate.pass_note'))).toHaveCount(script ? 1 : 0);
  // A browser whose scripts are only held back draws nothing of what it says without them.
  expect(await phone.locator('.pass noscript').evaluate((element) => element.textContent)).toContain(say('gate.pass_still'));

  await expect(phone.locator('.pass').getByText(DEPARTMENT, { exact: true })).toBeVisible();

  // The daily repeat, from the link on: each tap is counted, by the page itself where it can, and the one into a field as well.
  let taps = 0;
  const tap = async (what: Locator) => {
    await what.click();
    taps += 1;
  };
  await phone.goto(link);
  await expect(phone).toHaveURL(/\/declare\//);
  if (script) await phone.evaluate(() => sessionStorage.removeItem('taps'));
  await tap(phone.getByRole('link', { name: say('declaration.same') }));
  await expect(phone.getByText(say('declaration.same_taken'))).toBeVisible();
  await take(phone, 'declare-repeat');
  const submit = phone.getByRole('button', { name: say('declaration.submit'), exact: true });
  await tap(phone.getByLabel(healthy.symptom));
  await tap(phone.locator('#temperature'));
  await phone.keyboard.type(healthy.temperature);
  await tap(submit);
  await expect(phone).toHaveURL(/\/done\/[0-9a-z]{12}-\d+$/);
  await expect(phone.getByText(say('gate.verdict_pass'))).toBeVisible();
  expect(taps).toBeLessThanOrEqual(4);
  if (script) expect(await phone.evaluate(() => Number(sessionStorage.getItem('taps')))).toBe(taps);
  // What a guard looks at is there at once.
  await onOneScreen(phone, phone.locator('.pass-verdict'), phone.locator('.pass-name'), phone.locator('.pass-clock'), phone.locator('.pass-qr'));
  await take(phone, 'receipt-well');

  // Whoever scans it sees the masked name, and the clock on the owner's phone goes on.
  if (script) {
    const clock = phone.getByRole('timer');
    const before = await clock.textContent();
    await expect(clock).not.toHaveText(before ?? '');
  }
  const code = await pass(phone);
  expect(code).not.toContain(encodeURIComponent(person.name));
  const guard = await (await visitor({ javaScriptEnabled: true })).newPage();
  await guard.goto(code);
  await expect(guard.getByText(say('gate.verdict_pass'))).toBeVisible();
  expect(new URL(guard.url()).hash, 'no history keeps the name').toBe('');
  await expect(guard.getByText('黄*验')).toBeVisible();
  await expect(guard.locator('.pass').getByText(DEPARTMENT, { exact: true })).toBeVisible();
  await expect(guard.getByText(person.name)).toHaveCount(0);
  await take(guard, 'scan-pass');
  const forged = code.replace(/\/g\/.{20}/, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`);
  await guard.goto(forged);
  await expect(guard.getByText(say('gate.forged'), { exact: true })).toBeVisible();
  await take(guard, 'scan-forged');

  // The guards' page checks without a line.
  await guard.goto(guards);
  // What it loads is kept for good, and under another build's address it is not.
  const kept = async (address: string) => (await guard.request.get(address)).headers()['cache-control'];
  expect(await kept((await guard.locator('link[href^="/pass.css"]').getAttribute('href')) ?? '')).toContain('immutable');
  expect(await kept('/pass.css?v=0000000000000000')).toBe('no-cache');
  const field = guard.getByLabel(say('gate.paste'));
  await expect(field).toBeVisible();
  await take(guard, 'guard');
  const check = async (text: string) => {
    await field.fill(text);
    await guard.getByRole('button', { name: say('gate.check'), exact: true }).click();
  };
  const [said, offlineResult] = [guard.locator('#said'), guard.getByText(say('gate.offline_result'))];
  // With a line it asks the server.
  await check(code);
  await expect(said).toContainText(say('gate.verdict_pass'));
  await expect(guard.locator('[data-result]:visible')).toHaveCount(0);
  await expect(offlineResult).toBeHidden();
  await take(guard, 'guard-pass');
  // A server that does not answer in time is none.
  await guard.route('**/g/*', () => {});
  await check(code);
  await expect(guard.getByText(say('gate.asking'))).toBeVisible();
  await expect(offlineResult).toBeVisible();
  await expect(guard.locator('[data-result]:visible')).toContainText(say('gate.verdict_pass'));
  await guard.unroute('**/g/*');
  await guard.context().setOffline(true);
  const offline = async (text: string, answer: string) => {
    await check(text);
    await expect(guard.locator('[data-result]:visible').getByText(answer, { exact: true })).toBeVisible();
    await expect(guard.locator('[data-result]:visible')).toHaveCount(1);
  };
  await offline(code, say('gate.verdict_pass'));
  await expect(offlineResult).toBeVisible();
  await expect(said).toBeEmpty();
  await expect(guard.locator('[data-result]:visible')).toContainText('黄*验');
  await take(guard, 'guard-offline');
  await offline(forged, say('gate.forged'));
  await take(guard, 'guard-forged');
  await offline(code.split('#')[0], say('gate.unreadable'));
  await offline(`${code.split('#')[0]}#${'A'.repeat(16)}`, say('gate.forged'));
  await offline('你好', say('gate.unreadable'));

  // A guard's clock that is wrong: without a line it is asked to be looked at, and with one the server's word counts.
  for (const [ahead, answer, to_do] of [
    [11 * 60_000, 'expired', 'expired_here'],
    [DAY, 'other_day', 'other_day_here'],
    [-DAY, 'early', 'early_do'],
  ] as const) {
    await guard.context().setOffline(true);
    await guard.clock.setFixedTime(Date.now() + ahead);
    await check(code);
    const shown = guard.locator('[data-result]:visible');
    await expect(shown).toHaveCount(1);
    await expect(shown).toContainText(say(`gate.${answer}`));
    await expect(shown).toContainText(say(`gate.${to_do}`));
    await expect(said).toBeEmpty();
    if (answer === 'expired') await take(guard, 'guard-expired');
    await guard.context().setOffline(false);
    await check(code);
    await expect(said).toContainText(say('gate.verdict_pass'));
    await expect(guard.locator('[data-result]:visible')).toHaveCount(0);
    await expect(offlineResult).toBeHidden();
  }
  await guard.clock.setFixedTime(Date.now());

  // Something was declared since: the old pass is void, the new one says so, and whom to call.
  await phone.goto(link);
  await phone.getByRole('link', { name: say('declaration.same') }).click();
  await repeat(phone, { symptom: '恶心呕吐', temperature: '36.8' });
  await expect(phone.getByText(say('gate.verdict_ask'))).toBeVisible();
  await expect(phone.getByText(say('declaration.next_calm'))).toBeVisible();
  await expect(phone.getByRole('link', { name: '020-12345678' })).toHaveAttribute('href', 'tel:02012345678');
  await take(phone, 'receipt-attention');
  await check(code);
  await expect(said.getByText(say('gate.replaced'), { exact: true })).toBeVisible();
  const newer = await pass(phone);
  await check(newer);
  await expect(said).toContainText(say('gate.verdict_ask'));
  await take(guard, 'guard-ask');
  await guard.goto(code);
  await expect(guard.getByText(say('gate.replaced'), { exact: true })).toBeVisible();
  await take(guard, 'scan-replaced');
  await guard.goto(newer);
  await expect(guard.getByText(say('gate.verdict_ask'))).toBeVisible();
  await expect(guard.getByText('恶心')).toHaveCount(0);
  await take(guard, 'scan-ask');

  // The receipt that was replaced says so.
  await phone.goto(`/done/${first}`);
  await expect(phone.getByText(say('declaration.receipt_replaced'))).toBeVisible();
  await take(phone, 'receipt-replaced');
});

test('a pass keeps its QR code until a new one is here', { tag: SCRIPT }, async ({ visitor, enterprise }) => {
  const phone = await (await visitor()).newPage();
  await claim(phone, enterprise.invitation, enterprise, { name: '黄续码', id: residentId('19930101', 62), phone: '13900000062' });
  await phone.locator('#residence').fill('广州市天河区试验路 2 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phone, healthy);
  await phone.clock.install();
  await phone.reload();
  await expect(phone.getByText(say('gate.pass_note'))).toBeVisible();
  const picture = phone.locator('.pass-qr');
  const shown = (await picture.getAttribute('src')) ?? '';
  const loaded = () => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0);

  // None comes: the one that is there stays, whole.
  let asked = 0;
  await phone.route('**/pass.png?again=*', (route) => {
    asked += 1;
    return route.fulfill({ status: 429 });
  });
  await phone.clock.fastForward('05:00');
  await expect.poll(() => asked).toBeGreaterThan(0);
  await expect(picture).toHaveAttribute('src', shown);
  expect(await loaded()).toBe(true);

  // Seconds later one does.
  await phone.unroute('**/pass.png?again=*');
  await phone.clock.fastForward('00:30');
  await expect(picture).toHaveAttribute('src', /again=\d+$/);
  await expect(picture).toHaveCount(1);
  expect(await loaded()).toBe(true);
  await pass(phone);
});
