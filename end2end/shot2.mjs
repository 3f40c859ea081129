import { chromium } from '@playwright/test';
const base = process.argv[2], out = process.argv[3];
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu','--no-first-run','--disable-background-networking'] });
for (const [w,h] of [[390,844],[1280,900]]) {
  const p = await b.newPage({ viewport: { width: w, height: h }, colorScheme: w===390?'dark':'light' });
  for (const n of ['introduction','images','reference','risk','nowhere']) {
    await p.goto(base + '/' + n); await p.waitForTimeout(1500);
    await p.screenshot({ path: `${out}/${n}-${w}.png`, fullPage: true });
  }
}
await b.close();
