/** Follows work that the server does for as long as someone looks. */

import { Failure } from './client';

/** What every kind of work tells of itself. */
export interface Job {
  readonly id: string;
  readonly state: string;
  readonly error?: { readonly problem: string; readonly remedy: string } | null;
}

const POLL = 400;
const OVER = new Set(['done', 'failed', 'stopped']);

export function isOver(job: Job): boolean {
  return OVER.has(job.state);
}

/** Why a job came to nothing; null where it did not. */
export function failureOf({ error }: Job): Failure | null {
  return error ? new Failure(error.problem, error.remedy, 'job') : null;
}

/** Asks for a job again and again, tells each answer, and ends with the last or with the signal. */
export async function follow<J extends Job>(
  ask: () => Promise<J>,
  told: (job: J) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const job = await ask();
    if (signal.aborted) return;
    told(job);
    if (isOver(job)) return;
    await rest(signal);
  }
}

function rest(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, POLL);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
