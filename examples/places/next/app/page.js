import { Prediction } from './prediction.js';

export default function Page() {
  return <Prediction />;
}
