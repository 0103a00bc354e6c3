import { predict } from './predict.js';

// Rendered for each request, not once during the build.
export const dynamic = 'force-dynamic';

export default async function Page() {
  return <output>{JSON.stringify(await predict())}</output>;
}
