import { residentId } from './support/people';
import { claim, declare, enrol, lasts, repeat, scan } from './support/steps';
import { expect, test } from './support/test';
import { say } from './support/words';

test('an employee declares, and the representative sees it', async ({ visitor, enterprise }) => {
  test.slow();
  const person = { name: '黄试验', id: residentId('19900101', 27), phone: '13900000027' };

  // The representative works with JavaScript: passkeys need it.
  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await expect(desk.getByRole('heading', { level: 1 })).toHaveText(enterprise.name);
  await expect(desk.locator('.total .figure-count')).toHaveText(say('statistics.people_count', { count: 0 }));
  await lasts(desk);
  await desk.getByRole('link', { name: say('statistics.invite') }).click();
  await expect(desk).toHaveURL(/\/invite$/);
  const link = await scan(desk);
  expect(new URL(link).origin).toBe(new URL(statistics).origin);
  await expect(desk.getByText(link).first()).toBeVisible();
  await lasts(desk);

  // The employee scans it with a phone of their own.
  const phone = await (await visitor()).newPage();
  await claim(phone, link, enterprise, person);
  await lasts(phone);
  await phone.locator('#residence').fill('广州市天河区试验路 1 号');
  await phone.locator('#journeys').fill('2 月 1 日汕头\n<b>高铁</b> D7500');
  await phone.getByRole('button', { name: say('declaration.to_check') }).click();
  const problems = phone.locator('.error-summary');
  await expect(problems.getByRole('link')).toHaveCount(3);
  await expect(phone.locator('#residence')).toHaveValue('广州市天河区试验路 1 号');
  await expect(phone.locator('#journeys')).toHaveValue('2 月 1 日汕头\n<b>高铁</b> D7500');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').first().check();
  await phone.getByLabel('出发城市').selectOption('440500');
  await phone.getByLabel('到达城市').selectOption('440100');
  await phone.getByLabel('航空').check();
  const first = await declare(phone, { symptom: '没有出现症状', temperature: '36.5' });
  await lasts(phone);
  await phone.goto('/mine');
  await expect(phone.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
  await lasts(phone);

  // The representative refreshes, follows a figure, searches, and reads.
  await desk.goto(statistics);
  await expect(desk.locator('.total .figure-count')).toHaveText(say('statistics.people_count', { count: 1 }));
  await lasts(desk);
  await desk.locator('a.row-people', { hasText: '低于37摄氏度' }).click();
  await expect(desk).toHaveURL(/\/people\?/);
  await expect(desk.getByText(say('statistics.count_of', { count: 1, of: 1 }))).toBeVisible();
  await lasts(desk);
  const search = desk.getByLabel(say('statistics.search_label'));
  await search.fill(person.id.slice(-5));
  await search.press('Enter');
  await expect(desk).toHaveURL(/[?&]q=/);
  await desk.getByRole('link', { name: person.name }).click();
  await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}/);
  await expect(desk.getByText('广州市天河区试验路 1 号')).toBeVisible();
  await expect(desk.getByText('<b>高铁</b> D7500')).toBeVisible();
  await expect(desk.getByText(person.id)).toHaveCount(0);
  await lasts(desk);

  // The same day it gets worse: the later declaration replaces, the earlier stays as history.
  const details = desk.url();
  await phone.goto(link);
  await expect(phone).toHaveURL(/\/declare\//);
  await phone.getByRole('link', { name: say('declaration.same') }).click();
  await expect(phone.getByText(say('declaration.same_taken'))).toBeVisible();
  await expect(phone.getByLabel('出发城市')).toHaveValue('440500');
  await expect(phone.locator('#temperature')).toHaveValue('');
  const second = await repeat(phone, { symptom: '嗜倦、呼吸急促', temperature: '38.6' });
  expect(second).not.toBe(first);
  await expect(phone.getByText(say('declaration.state_urgent'))).toBeVisible();
  await desk.goto(statistics);
  await expect(desk.locator('.total .figure-count')).toHaveText(say('statistics.people_count', { count: 1 }));
  await expect(desk.locator('a.row-people', { hasText: '高于38.5摄氏度' }).locator('.row-count')).toHaveText('1');
  await desk.goto(details);
  await expect(desk.getByText(say('statistics.replaced'), { exact: true })).toHaveCount(1);

  // A declaration that comes in while the page is open shows after a refresh in place.
  await desk.goto(statistics);
  const other = await (await visitor()).newPage();
  await claim(other, link, enterprise, { ...person, name: '李试验', id: residentId('19910101', 28) });
  await other.locator('#residence').fill('广州');
  await other.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(other, { symptom: '没有出现症状', temperature: '36.2' });
  await desk.getByRole('link', { name: say('statistics.refresh') }).click();
  await expect(desk.locator('.total .figure-count')).toHaveText(say('statistics.people_count', { count: 2 }));

  // The next person on the same phone finds nothing of what the last one typed.
  await other.goto(link);
  await expect(other).toHaveURL(/\/declare\//);
  await other.locator('#journeys').fill('只有本人该看到的行程');
  await claim(other, `${link}?other=1`, enterprise, { ...person, name: '王试验', id: residentId('19920101', 29) });
  await expect(other.locator('#journeys')).toHaveValue('');
  await expect(other.locator('#residence')).toHaveValue('');
  const kept = () => other.evaluate(() => JSON.stringify(localStorage));
  await expect.poll(kept).not.toContain(encodeURIComponent('只有本人该看到的行程'));

  // Out, and in again by the passkey.
  await desk.goto('/account');
  await lasts(desk);
  await desk.getByRole('button', { name: say('account.sign_out') }).click();
  await expect(desk.getByRole('link', { name: say('app.go_sign_in') }).first()).toBeVisible();
  await desk.goto(statistics);
  await expect(desk.getByText(say('error.sign_in_required')).first()).toBeVisible();
  await desk.goto('/sign-in');
  await lasts(desk);
  await desk.getByRole('button', { name: say('app.go_sign_in') }).click();
  await expect(desk).toHaveURL(statistics);
});

test('a page that does not exist says so and leads home', async ({ visitor }) => {
  const page = await (await visitor()).newPage();
  const response = await page.goto('/nowhere');
  expect(response?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.not_found'));
  await lasts(page);
  await page.getByRole('link', { name: say('app.home') }).click();
  await expect(page).toHaveURL(/\/$/);
});
