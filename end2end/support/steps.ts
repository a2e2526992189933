import { type Page, expect } from '@playwright/test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import type { Person } from './people';
import { type Enterprise, accessible, withAuthenticator } from './test';
import { say } from './words';

/** Stays on this page through a hard reload, and looks for barriers. */
export async function lasts(page: Page): Promise<void> {
  const heading = await page.getByRole('heading', { level: 1 }).textContent();
  await accessible(page);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading ?? '');
}

/** The representative opens the one-time link, mistypes once, and makes a passkey. */
export async function enrol(page: Page, enterprise: Enterprise): Promise<() => Promise<void>> {
  const otherDevice = await withAuthenticator(page);
  await page.goto(enterprise.enrolment);
  await accessible(page);
  const lastSix = page.getByLabel(say('account.last_six'), { exact: true });
  const make = page.getByRole('button', { name: say('account.make_passkey') });
  await expect(make).toBeEnabled();
  await lastSix.fill('000000');
  await make.click();
  await expect(page.getByRole('alert')).toHaveText(say('account.last_six_wrong', { left: 4 }));
  await lastSix.fill(enterprise.representative.id.slice(-6));
  await make.click();
  await expect(page).toHaveURL(/\/e\/[0-9a-z]{12}$/);
  return otherDevice;
}

/** What a phone's camera would read from the page's picture. */
export async function scan(page: Page): Promise<string> {
  const picture = page.getByRole('img').first();
  await expect(picture).toBeVisible();
  const source = await picture.getAttribute('src');
  const response = await page.request.get(source ?? '');
  expect(response.headers()['content-type']).toBe('image/png');
  const png = PNG.sync.read(await response.body());
  expect(png.width).toBeGreaterThanOrEqual(240);
  const code = jsQR(new Uint8ClampedArray(png.data), png.width, png.height);
  expect(code, 'the picture holds a QR code').not.toBeNull();
  return code?.data ?? '';
}

/** What a guard's camera reads from the pass on a receipt. */
export async function pass(page: Page): Promise<string> {
  const picture = page.getByRole('img', { name: say('gate.pass_qr') });
  await expect(picture).toBeVisible();
  const box = await picture.boundingBox();
  expect(box?.width).toBeGreaterThanOrEqual(240);
  const response = await page.request.get((await picture.getAttribute('src')) ?? '');
  expect(response.headers()['content-type']).toBe('image/png');
  const png = PNG.sync.read(await response.body());
  const code = jsQR(new Uint8ClampedArray(png.data), png.width, png.height);
  expect(code, 'the picture holds a QR code').not.toBeNull();
  return code?.data ?? '';
}

/** Notice, consents, and who one is: first with mistakes, which keep what was typed. Of no department unless told. */
export async function claim(page: Page, link: string, enterprise: Enterprise | undefined, person: Person, department = say('account.department_none')): Promise<void> {
  await page.goto(link);
  if (enterprise) await expect(page.getByText(enterprise.uscc)).toBeVisible();
  await lasts(page);
  const go = page.getByRole('button', { name: say('app.go_sign_in') });
  await page.getByLabel(say('account.name'), { exact: true }).fill(person.name);
  await page.getByLabel(say('account.number'), { exact: true }).fill('99999919900101001');
  await go.click();
  await expect(page).toHaveTitle(new RegExp(say('error.title', { title: '' })));
  const summary = page.locator('.error-summary');
  await expect(summary.getByRole('link', { name: say('account.problem_notice') })).toBeVisible();
  await expect(summary.getByRole('link', { name: say('account.problem_health') })).toBeVisible();
  await expect(page.getByLabel(say('account.name'), { exact: true })).toHaveValue(person.name);
  await expect(page.getByLabel(say('account.number'), { exact: true })).toHaveValue('99999919900101001');
  await accessible(page);
  await page.getByLabel(say('account.consent_notice')).check();
  await page.getByLabel(say('account.consent_health')).check();
  await page.getByLabel(say('account.kind'), { exact: true }).selectOption({ label: say('account.resident_id') });
  await page.getByLabel(say('account.number'), { exact: true }).fill(person.id.toLowerCase());
  await page.getByLabel(say('account.phone'), { exact: true }).fill(person.phone);
  const departments = page.getByLabel(say('account.department'), { exact: true });
  if (await departments.count()) {
    await expect(summary.getByRole('link', { name: say('account.problem_department') })).toBeVisible();
    await departments.selectOption({ label: department });
  }
  await go.click();
  await expect(page).toHaveURL(/\/declare\/[0-9a-z]{12}$/);
}

export type Health = { symptom: string; temperature: string };

/** Answers what is asked each time, and sends it with two quick taps: the rest was taken from last time, and is not shown once more. */
export async function repeat(page: Page, health: Health): Promise<string> {
  await page.getByLabel(health.symptom).check();
  await page.locator('#temperature').fill(health.temperature);
  await accessible(page);
  await page.getByRole('button', { name: say('declaration.submit'), exact: true }).dblclick();
  await expect(page).toHaveURL(/\/done\/[0-9a-z]{12}-\d+$/);
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  return page.url().split('/').pop() ?? '';
}

/** Answers the form and sends it with two quick taps. Answers the receipt's number. */
export async function declare(page: Page, health: Health, checking: (page: Page) => Promise<void> = accessible): Promise<string> {
  await page.getByLabel(health.symptom).check();
  await page.locator('#temperature').fill(health.temperature);
  await page.getByRole('button', { name: say('declaration.to_check') }).click();
  await expect(page.getByText(say('declaration.truthful'))).toBeVisible();
  await checking(page);
  await page.getByRole('button', { name: say('declaration.submit'), exact: true }).dblclick();
  await expect(page).toHaveURL(/\/done\/[0-9a-z]{12}-\d+$/);
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  return page.url().split('/').pop() ?? '';
}
