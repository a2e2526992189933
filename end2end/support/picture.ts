import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, expect, test } from '@playwright/test';
import { accessible, awake } from './test';

/** Where pictures go; without it none is taken. */
const FOLDER = process.env.SHENBAO_SCREENS;

const looks = {
  dark: { dark: true, large: false },
  light: { dark: false, large: false },
  large: { dark: false, large: true },
  'dark-large': { dark: true, large: true },
};

export type Look = keyof typeof looks;

/** How each page is looked at. */
export const LOOKS: Look[] = ['dark', 'light', 'large'];

/**
 * A picture of a whole page in each look, where SHENBAO_SCREENS names a folder: FOLDER/NAME-PROJECT-LOOK.png; what moves stands
 * still. FOLDER/addresses.txt says of which address each is. Without a folder, a look for barriers.
 */
export async function take(page: Page, name: string, wanted = LOOKS): Promise<void> {
  // Whether a page is a barrier is asked where no pictures are.
  if (!FOLDER) return accessible(page);
  await page.waitForLoadState('load');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  if (await page.locator('meta[name=code]').count()) await awake(page);
  mkdirSync(FOLDER, { recursive: true });
  if (!(await showsAnother(page))) appendFileSync(join(FOLDER, 'addresses.txt'), `${name} ${new URL(page.url()).pathname}\n`);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete || image.loading === 'lazy'));
  await laidFlat(page, true);
  for (const look of wanted) {
    const { dark, large } = looks[look];
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await enlarged(page, large);
    await page.screenshot({ path: join(FOLDER, `${name}-${test.info().project.name}-${look}.png`), fullPage: true });
  }
  await enlarged(page, false);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await laidFlat(page, false);
}

/** An error in the place of what the address names; what became of a verification is one itself. */
async function showsAnother(page: Page): Promise<boolean> {
  return new URL(page.url()).pathname !== '/auth/stopped' && (await page.locator('#error-page').count()) > 0;
}

const enlarged = (page: Page, is: boolean) => page.evaluate((is) => document.documentElement.toggleAttribute('data-large', is), is);

/** Bars that stay in sight while one scrolls would lie over a picture of the whole page: meanwhile they stand at its edges. */
async function laidFlat(page: Page, is: boolean): Promise<void> {
  await page.evaluate((is) => {
    const flat: Record<string, string> = { sticky: 'static', fixed: 'absolute' };
    const place = (element: HTMLElement, position: string) => {
      element.toggleAttribute('data-laid-flat', is);
      element.style.setProperty('position', position, 'important');
    };
    if (is) {
      const bars = [...document.querySelectorAll<HTMLElement>('body *')].map((element) => [element, flat[getComputedStyle(element).position]] as const);
      for (const [element, position] of bars) if (position) place(element, position);
      place(document.body, 'relative');
      scrollTo(0, 0);
    } else {
      for (const element of document.querySelectorAll<HTMLElement>('[data-laid-flat]')) place(element, '');
    }
  }, is);
}
