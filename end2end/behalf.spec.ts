import { residentId } from './support/people';
import { take } from './support/picture';
import { enrol, lasts } from './support/steps';
import { PICTURE } from './support/tags';
import { expect, test } from './support/test';
import { say } from './support/words';

test('somebody without a phone is declared for', { tag: PICTURE }, async ({ visitor, enterprise }) => {
  test.slow();
  const person = { name: '黄试验', id: residentId('19900101', 81) };
  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.goto(`${statistics}/roster/import`);
  const file = { name: '名册.csv', mimeType: 'text/csv', buffer: Buffer.from(`姓名,证件号码\n${person.name},${person.id}\n`) };
  await desk.locator('#file').setInputFiles(file);
  await desk.getByRole('button', { name: say('roster.upload') }).click();
  await desk.getByRole('button', { name: say('roster.confirm') }).click();
  await expect(desk.getByText(say('roster.done'), { exact: true })).toBeVisible();

  // From who is absent to the form; the tick is forgotten, and nothing typed is lost.
  await desk.goto(`${statistics}/absent`);
  await take(desk, 'absent-declare');
  await desk.getByRole('link', { name: say('declaration.declare_for_named', { name: person.name }) }).click();
  await expect(desk).toHaveURL(/\/roster\/[0-9a-f]{32}\/declare$/);
  await expect(desk.getByText(say('declaration.for_whom', { name: person.name }))).toBeVisible();
  await lasts(desk);
  await take(desk, 'on-behalf');
  await desk.locator('#residence').fill('广州市天河区试验路 1 号');
  await desk.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await desk.getByLabel('没有出现症状').check();
  await desk.locator('#temperature').fill('36.5');
  const check = desk.getByRole('button', { name: say('declaration.to_check') });
  await check.click();
  await expect(desk.locator('.error-summary')).toBeVisible();
  await expect(desk.locator('#residence')).toHaveValue('广州市天河区试验路 1 号');
  await take(desk, 'on-behalf-problem');
  await desk.getByLabel(/同意由我代为申报/).check();
  await check.click();
  await expect(desk.getByText(say('declaration.truthful'))).toBeVisible();
  await take(desk, 'on-behalf-check');
  // Back to the form, and on again.
  await desk.getByRole('button', { name: new RegExp(say('declaration.edit')) }).last().click();
  await expect(desk.locator('#temperature')).toHaveValue('36.5');
  await check.click();
  await desk.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
  await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}\?declaration=\d+$/);
  await expect(desk.getByText(enterprise.representative.name).first()).toBeVisible();
  await lasts(desk);
  await take(desk, 'person-on-behalf');

  // Counted, and found.
  await desk.goto(statistics);
  await desk.getByRole('link', { name: new RegExp(say('statistics.on_behalf')) }).click();
  await expect(desk).toHaveURL(/\/people\?standing=on-behalf$/);
  await expect(desk.getByText(say('statistics.count_of', { count: 1, of: 1 }))).toBeVisible();
  await take(desk, 'people-on-behalf');
  await desk.goto(`${statistics}/absent`);
  await expect(desk.getByRole('link', { name: say('declaration.declare_for_named', { name: person.name }) })).toHaveCount(0);
});
