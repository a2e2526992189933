import { test } from '@playwright/test';

/** A time zone by its name, and by how many milliseconds it is ahead of UTC. Neither of these has a summer time. */
export type Zone = { name: string; ahead: number };

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const BEIJING: Zone = { name: 'Asia/Shanghai', ahead: 8 * HOUR };
const DUBAI: Zone = { name: 'Asia/Dubai', ahead: 4 * HOUR };

/** How long the day there lasts still, in milliseconds. */
const left = ({ ahead }: Zone) => DAY - ((Date.now() + ahead) % DAY);

/** The zone of a test's enterprise: one whose day does not end while the test runs, whenever it runs. Those that are about midnight say theirs. */
export const zone = (): Zone => (left(BEIJING) > 4 * HOUR ? BEIJING : DUBAI);

export const dayIn = (date: Date, { ahead }: Zone): string => new Date(date.getTime() + ahead).toISOString().slice(0, 10);

/** Waits for the next day in Beijing where this one ends sooner than this. */
export async function outlast(milliseconds: number): Promise<void> {
  if (left(BEIJING) >= milliseconds) return;
  const wait = left(BEIJING) + 1000;
  test.setTimeout(test.info().timeout + wait);
  await new Promise((resolve) => setTimeout(resolve, wait));
}
