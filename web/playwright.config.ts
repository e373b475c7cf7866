import { defineConfig } from '@playwright/test';

/** tests/serve.py starts the servers and tells where they are; each worker has one of its own. */
const servers = JSON.parse(process.env['POSTROAD_SERVERS'] ?? '[]') as Record<string, string>[];
Object.assign(process.env, servers[Number(process.env['TEST_PARALLEL_INDEX'] ?? 0)]);
const address = process.env['POSTROAD_PAGE'];
if (!address) throw new Error('run this by tests/serve.py -- npx playwright test');

export default defineConfig({
  testDir: 'tests',
  outputDir: '../build/web-results',
  // Patience, not speed: the machine may do other things as well.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  workers: servers.length,
  forbidOnly: true,
  reporter: [['list']],
  use: {
    baseURL: address,
    ignoreHTTPSErrors: true,
    locale: 'en-US',
    timezoneId: 'America/New_York',
    viewport: { width: 1360, height: 860 },
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--ignore-certificate-errors'],
    },
    screenshot: 'only-on-failure',
  },
});
