import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare, enrol, lasts, scan } from './support/steps';
import { PICTURE } from './support/tags';
import { expect, test } from './support/test';
import { say } from './support/words';

test('who has not declared is reminded, at set times and now, and by a robot', { tag: PICTURE }, async ({ visitor, enterprise }) => {
  test.slow();
  const people = [
    { name: '黄试验', id: residentId('19900101', 51), phone: '13900000051' },
    { name: '李试验', id: residentId('19900101', 52), phone: '13900000052' },
  ];

  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.goto(`${statistics}/reminders`);
  await expect(desk.getByText(say('reminder.no_roster'))).toBeVisible();
  await lasts(desk);

  // A plan comes back with what is wrong, and is kept.
  await desk.getByRole('group', { name: say('reminder.times') }).locator('input').first().fill('09:30');
  await desk.getByLabel(say('reminder.words')).fill('请在九点半前完成申报');
  await desk.getByLabel(say('reminder.chosen')).check();
  await desk.getByLabel(say('reminder.active')).check();
  const save = desk.getByRole('button', { name: say('reminder.save'), exact: true });
  await save.click();
  await expect(desk.locator('.error-summary').getByRole('link', { name: say('reminder.bad_days') })).toBeVisible();
  await expect(desk.getByLabel(say('reminder.words'))).toHaveValue('请在九点半前完成申报');
  await take(desk, 'reminders-problem');
  await desk.getByLabel(say('reminder.working')).check();
  await save.click();
  await expect(desk.getByText(say('reminder.done_save'))).toBeVisible();
  await expect(desk.getByRole('group', { name: say('reminder.times') }).locator('input').first()).toHaveValue('09:30');

  // A robot is added after a slip; what leads to it is not shown again.
  await desk.getByRole('link', { name: say('channel.title') }).click();
  await expect(desk).toHaveURL(/\/channels$/);
  await expect(desk.getByText(say('channel.no_mail'))).toBeVisible();
  await lasts(desk);
  await desk.getByLabel(say('channel.wecom')).check();
  await desk.getByLabel(say('channel.name'), { exact: true }).fill('生产部群');
  await desk.getByLabel(say('channel.address'), { exact: true }).fill('https://example.com/hook');
  await desk.getByLabel(say('channel.told_reminders')).last().check();
  const add = desk.getByRole('button', { name: say('channel.add') });
  await add.click();
  await expect(desk.locator('.error-summary').getByRole('link', { name: say('channel.bad_host') })).toBeVisible();
  await take(desk, 'channels-problem');
  await desk.getByLabel(say('channel.address'), { exact: true }).fill('https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hidden-key');
  await add.click();
  await expect(desk.getByText(say('channel.done_add'))).toBeVisible();
  await expect(desk.getByRole('heading', { name: '生产部群' })).toBeVisible();
  expect(await desk.content()).not.toContain('hidden-key');
  await desk.getByRole('button', { name: say('channel.pause') }).click();
  await expect(desk.getByText(say('channel.done_pause'))).toBeVisible();
  await lasts(desk);
  await take(desk, 'channels-paused');

  // One declares, the other does not.
  await desk.goto(`${statistics}/roster`);
  await desk.goto(`${statistics}/invite`);
  const link = await scan(desk);
  const phones = [];
  for (const person of people) {
    const phone = await (await visitor()).newPage();
    await claim(phone, link, enterprise, person);
    phones.push(phone);
  }
  await phones[0].locator('#residence').fill('广州市天河区试验路 1 号');
  await phones[0].getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phones[0], { symptom: '没有出现症状', temperature: '36.5' });
  await desk.goto(`${statistics}/roster/import`);
  const rows = people.map((person) => `${person.name},${person.id},${person.phone},li@factory.example\n`).join('');
  await desk.locator('#file').setInputFiles({ name: '名册.csv', mimeType: 'text/csv', buffer: Buffer.from(`姓名,证件号码,手机,邮箱\n${rows}`) });
  await desk.getByRole('button', { name: say('roster.upload') }).click();
  await desk.getByRole('button', { name: say('roster.confirm') }).click();
  await expect(desk.getByText(say('roster.done'), { exact: true })).toBeVisible();

  // From the list of those who are missing, with a question in between.
  await desk.goto(`${statistics}/absent`);
  await desk.getByRole('link', { name: say('reminder.now') }).click();
  await expect(desk).toHaveURL(/\/reminders\?confirm=yes$/);
  await lasts(desk);
  await take(desk, 'reminders-confirm');
  await desk.getByRole('button', { name: say('reminder.confirm_now', { count: 1 }) }).click();
  await expect(desk.getByText(say('reminder.done_now'))).toBeVisible();
  await expect(desk.getByText(say('reminder.by_notice', { count: 1 }))).toBeVisible();
  await lasts(desk);
  await take(desk, 'reminders-done');

  // Whoever is missing reads of it; whoever has declared does not.
  await phones[1].goto('/mine');
  await expect(phones[1].getByText(say('reminder.notice', { at: '' }).trim())).toBeVisible();
  await lasts(phones[1]);
  await take(phones[1], 'mine-reminded');
  await phones[0].goto('/mine');
  await expect(phones[0].getByText(say('reminder.notice', { at: '' }).trim())).toHaveCount(0);
});
