import { defineConfig } from '@playwright/test';
import type { Options } from '../support/test';

/** One page after the other on a quiet machine: what is measured is the page, not its neighbours. */
export default defineConfig<Options, Options>({
  testDir: '.',
  testMatch: 'pages.measure.ts',
  outputDir: '../test-results',
  workers: 1,
  timeout: 600_000,
  reporter: 'list',
  use: { database: 'sqlite', locale: 'zh-CN', timezoneId: 'Asia/Shanghai' },
});
