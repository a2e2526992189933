import { residentId } from './support/people';
import { claim, declare, enrol, lasts, scan } from './support/steps';
import { accessible, expect, hasScript, test } from './support/test';
import { say } from './support/words';

const FEVER = '体温高于38.5摄氏度';

test('a fever reaches an open page at once, and is dealt with step by step', async ({ visitor, enterprise }, info) => {
  test.slow();
  const person = { name: '黄发热', id: residentId('19900101', 71), phone: '13900000071' };
  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.getByRole('link', { name: say('statistics.invite') }).click();
  const link = await scan(desk);
  await desk.goto(statistics);
  await expect(desk.getByText(say('alert.open_link', { count: 0 }))).toBeVisible();
  await expect(desk.getByText(say('message.unread_count', { count: 1 }))).toHaveCount(0);

  const phone = await (await visitor()).newPage();
  await claim(phone, link, enterprise, person);
  await phone.locator('#residence').fill('广州市天河区试验路 71 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phone, { symptom: '没有出现症状', temperature: '38.6' });

  // Nobody loaded the page again.
  const unread = desk.getByRole('link', { name: say('message.unread_count', { count: 1 }) });
  await expect(unread).toBeVisible();
  await unread.click();
  await expect(desk).toHaveURL(/\/messages$/);
  await lasts(desk);
  await desk.getByRole('button', { name: say('message.alert', { enterprise: enterprise.name, count: 1 }) }).click();
  await expect(desk).toHaveURL(/\/alerts$/);
  await expect(desk.getByText(FEVER)).toBeVisible();
  await lasts(desk);
  await desk.locator('summary', { hasText: say('alert.filter') }).click();
  await desk.getByLabel(say('alert.state'), { exact: true }).selectOption({ label: say('alert.resolved') });
  await desk.getByRole('button', { name: say('alert.apply') }).click();
  await expect(desk.getByText(say('alert.none_such'))).toBeVisible();
  await lasts(desk);
  await desk.getByRole('link', { name: say('alert.clear') }).click();
  await desk.getByRole('button', { name: say('alert.see_all', { count: 1 }) }).click();
  await expect(desk.getByText(say('alert.done_seen'))).toBeVisible();

  await desk.getByRole('link', { name: person.name }).click();
  await expect(desk.getByText(say('alert.strip'), { exact: true })).toBeVisible();
  await expect(desk.getByText(person.id)).toHaveCount(0);
  await lasts(desk);
  await desk.getByRole('button', { name: say('statistics.numbers') }).click();
  await expect(desk.locator('a[href="tel:+86' + person.phone + '"]')).toBeVisible();
  await accessible(desk);
  await desk.getByLabel(say('alert.note')).fill('已电话联系，在宿舍休息');
  await desk.getByRole('button', { name: say('alert.to_contacted'), exact: true }).click();
  await expect(desk.getByText(say('alert.done_set'))).toBeVisible();
  await expect(desk.getByText('已电话联系，在宿舍休息')).toBeVisible();
  await lasts(desk);
  await desk.getByRole('button', { name: say('alert.to_resolved'), exact: true }).click();
  await expect(desk.getByText(say('alert.done_set'))).toBeVisible();
  await expect(desk.getByRole('button', { name: say('alert.to_resolved'), exact: true })).toHaveCount(0);

  // The strip's marks, and the table that says the same, lead to the declaration.
  await desk.locator('summary', { hasText: say('alert.as_table') }).click();
  await accessible(desk);
  await desk.locator('svg a[aria-label*="38.6"]').click();
  await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}\?declaration=\d+$/);
  await expect(desk.getByText(FEVER).first()).toBeVisible();
  await desk.goto(statistics);
  await expect(desk.getByText(say('alert.open_link', { count: 0 }))).toBeVisible();
  if (hasScript(info.project.use)) await expect(desk.getByText(say('message.unread_count', { count: 1 }))).toHaveCount(0);
});
