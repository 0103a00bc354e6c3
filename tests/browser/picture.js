// Takes the README's picture of the page: `node tests/browser/picture.js`, after a build. Inter and EB Garamond, where the
// machine has them, make it look as it should.
import { fileURLToPath } from 'node:url';
import { open_browser, serve } from './site.js';
import { Visitor } from './visitor.js';

const PICTURE = /** @type {`${string}.png`} */ (
  fileURLToPath(new URL('../../docs/page.png', import.meta.url))
);
const TEXT = 'Call me Ishmael. The old man looked out upon the sea, and the wh';

const [site, chromium] = await Promise.all([serve('built'), open_browser()]);
try {
  const visitor = await (await Visitor.at(chromium.browser, site.url, { width: 1120, height: 1010 })).ready();
  await visitor.fill(TEXT);
  await visitor.ready();
  await visitor.choose('#length', 200);
  await visitor.choose('#seed', 7);
  await visitor.click_continue();
  await visitor.continued();
  await visitor.point('#cells', 0.72, 0.3);
  // Until bars and cells have come to rest.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await visitor.page.screenshot({ path: PICTURE });
} finally {
  await chromium.close();
  await site.close();
}
