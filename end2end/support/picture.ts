import { join } from 'node:path';
import { type Page, expect } from '@playwright/test';
import { accessible } from './test';

const FOLDER = join(__dirname, '../../target/screens');

/**
 * A picture of a whole page: target/screens/NAME-PROJECT.png. `make screens` asks for each in light, in dark and large:
 * NAME-PROJECT-light.png and so on.
 */
export async function take(page: Page, name: string, project: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await accessible(page);
  const picture = (kind: string) => page.screenshot({ path: join(FOLDER, `${name}-${project}${kind}.png`), fullPage: true });
  if (process.env.SHENBAO_SCREENS !== 'all') {
    await picture('');
    return;
  }
  const large = (is: boolean) => page.evaluate((is) => document.documentElement.toggleAttribute('data-large', is), is);
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture('-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await picture('-light');
  await large(true);
  await picture('-large');
  await large(false);
  await page.emulateMedia({ colorScheme: null });
}
