import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare, enrol, lasts, scan } from './support/steps';
import { PICTURE } from './support/tags';
import { expect, test } from './support/test';
import { say } from './support/words';

test('a roster is imported, and shows who has not declared', { tag: PICTURE }, async ({ visitor, enterprise }) => {
  test.slow();
  const people = [
    { name: '黄试验', id: residentId('19900101', 41), phone: '13900000041' },
    { name: '李试验', id: residentId('19900101', 42), phone: '13900000042' },
    { name: '陈试验', id: residentId('19900101', 43), phone: '13900000043' },
  ];
  const guest = { name: '外来者', id: residentId('19900101', 44), phone: '13900000044' };
  const header = '姓名,证件号码,手机,部门,厂区/地点\n';
  const rows = people.map((person, at) => `${person.name},${person.id},${person.phone},${at < 2 ? '生产部' : '仓储部'},东厂区\n`).join('');
  const file = (content: string) => ({ name: '名册.csv', mimeType: 'text/csv', buffer: Buffer.from(content) });

  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.getByRole('link', { name: say('roster.title'), exact: true }).click();
  await expect(desk.getByText(say('roster.none'))).toBeVisible();
  await lasts(desk);
  await desk.getByRole('link', { name: say('roster.import'), exact: true }).click();
  await expect(desk).toHaveURL(/\/roster\/import$/);
  await lasts(desk);

  // A file with a fault says where it is, and nothing is taken.
  const chosen = desk.locator('#file');
  const upload = desk.getByRole('button', { name: say('roster.upload') });
  await chosen.setInputFiles(file(`${header}${rows}无号码,123,,,\n`));
  await upload.click();
  await expect(desk.getByText(say('roster.faulty', { count: 1 }))).toBeVisible();
  await expect(desk.getByRole('rowheader', { name: 'B5' })).toBeVisible();
  await lasts(desk);
  await take(desk, 'roster-faults');

  // Mended, it is shown first, and then taken over.
  await chosen.setInputFiles(file(header + rows));
  await upload.click();
  await expect(desk.getByText(say('roster.preview'))).toBeVisible();
  await expect(desk.getByText(say('roster.new_departments', { names: '生产部、仓储部' }))).toBeVisible();
  await lasts(desk);
  await take(desk, 'roster-preview');
  await desk.getByRole('button', { name: say('roster.confirm') }).click();
  await expect(desk.getByText(say('roster.done'), { exact: true })).toBeVisible();
  await lasts(desk);
  await take(desk, 'roster-done');
  await desk.getByRole('link', { name: say('roster.to_roster') }).click();
  await expect(desk.locator('.roster-line')).toHaveCount(3);
  await lasts(desk);

  // One of them declares, and somebody whom the roster does not know.
  await desk.goto(`${statistics}/invite`);
  const link = await scan(desk);
  for (const person of [people[0], guest]) {
    const phone = await (await visitor()).newPage();
    await claim(phone, link, enterprise, person);
    await phone.locator('#residence').fill('广州市天河区试验路 1 号');
    await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
    await declare(phone, { symptom: '没有出现症状', temperature: '36.5' });
  }
  await desk.goto(statistics);
  await expect(desk.locator('.absent-figures dd')).toHaveText(['3', '1', '2']);
  await take(desk, 'statistics-roster');

  // 未申报: by department, with names to copy.
  await desk.getByRole('link', { name: say('statistics.see_absent') }).click();
  await expect(desk).toHaveURL(/\/absent$/);
  await expect(desk.locator('.absent-person')).toHaveCount(2);
  await lasts(desk);
  await desk.getByRole('link', { name: '仓储部' }).click();
  await expect(desk).toHaveURL(/\/absent\?department=2$/);
  await expect(desk.locator('.absent-person')).toHaveCount(1);
  await expect(desk.locator('#invite-words')).toContainText('陈试验');
  await expect(desk.locator('#invite-words')).not.toContainText('李试验');
  await desk.locator('.chip').click();
  await expect(desk.locator('.absent-person')).toHaveCount(2);
  await desk.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.getByRole('button', { name: say('enterprise.copy'), exact: true }).click();
  await expect(desk.getByText(say('enterprise.copied'))).toBeVisible();
  expect(await desk.evaluate(() => navigator.clipboard.readText())).toContain('李试验、陈试验');

  // 待确认: admitted, and counted.
  await desk.goto(statistics);
  await desk.getByRole('link', { name: say('statistics.unconfirmed') }).click();
  await expect(desk.locator('.roster-line')).toHaveCount(1);
  await lasts(desk);
  await take(desk, 'roster-unconfirmed');
  await desk.getByRole('button', { name: say('roster.admit') }).click();
  await expect(desk.getByText(say('roster.empty_unconfirmed'))).toBeVisible();
  await desk.goto(statistics);
  await expect(desk.locator('.absent-figures dd')).toHaveText(['4', '2', '2']);

  // A line is corrected where it stands.
  await desk.goto(`${statistics}/roster`);
  await desk.getByRole('link', { name: say('roster.change_named', { name: '李试验' }) }).click();
  const site = desk.getByLabel(say('roster.site'), { exact: true }).first();
  await site.fill('西厂区');
  await take(desk, 'roster-change');
  await desk.getByRole('button', { name: say('roster.save'), exact: true }).first().click();
  await expect(desk.locator('.roster-line', { hasText: '李试验' })).toContainText('西厂区');
  await lasts(desk);
});
