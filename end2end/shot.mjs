import { chromium } from '@playwright/test';
const base = process.argv[2], out = process.argv[3];
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu','--no-first-run','--disable-background-networking'] });
const files = ['slices/mosmed/covid/mosmed-1061/000.jpg'];
const D='/work/shared/data/';
for (const [w,h] of [[390,844],[820,1180],[1440,900]]) {
  const p = await b.newPage({ viewport: { width: w, height: h } });
  p.on('console', m => { if (m.type()==='error') console.log(w, 'console', m.text()); });
  await p.goto(base + '/'); await p.waitForTimeout(1200);
  await p.screenshot({ path: `${out}/home-${w}.png` });
  await p.goto(base + '/diagnosis'); await p.waitForTimeout(1500);
  await p.screenshot({ path: `${out}/diagnosis-${w}.png` });
  await p.setInputFiles('input[type=file]', [D+'masks/vol1/1_z020.jpg', '/work/shared/data/masks/vol4/4_z019.jpg', D+'not-chest-ct/page.jpg'].filter(x=>true));
  await p.waitForTimeout(3000);
  await p.screenshot({ path: `${out}/chosen-${w}.png`, fullPage: true });
  await p.getByRole('button', { name: /upload/i }).first().click();
  await p.waitForTimeout(2500);
  await p.screenshot({ path: `${out}/uploaded-${w}.png` });
  await p.getByRole('button', { name: /start/i }).first().click();
  await p.waitForURL(/diagnosis\/[0-9a-f]+/, { timeout: 30000 });
  await p.waitForTimeout(2000);
  await p.screenshot({ path: `${out}/result-${w}.png`, fullPage: true });
  console.log(w, p.url());
  await p.close();
}
await b.close();
