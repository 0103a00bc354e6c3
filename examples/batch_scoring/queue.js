// The queue that clients and workers share: Redis, and how long a job may be silent before another worker takes it.
export const QUEUE = 'score';

/** Where Redis is. BullMQ's workers require that a command waits until Redis is there again. */
export const connection = {
  host: process.env.REDIS_HOST ?? '127.0.0.1',
  port: Number(process.env.REDIS_PORT ?? 6379),
  maxRetriesPerRequest: null,
};

/** Milliseconds after which the job of a worker that died is given to another. */
export const SILENCE = Number(process.env.SCORE_SILENCE ?? 30000);
