/** Something that the server does for minutes: how far it is, how to stop it, what came of it. */

import { failureOf, follow } from '../api/job';
import * as api from './api';

export class Task {
  job = $state.raw<api.ExploreJob | null>(null);
  /** Where the texts lie by now, of a map that is being drawn. */
  picture = $state.raw<Float32Array | null>(null);
  #following: AbortController | null = null;

  /** Begin and follow to the end; null where it was stopped or nobody looks any longer. */
  async run(start: Promise<api.ExploreJob>): Promise<api.ExploreJob | null> {
    this.leave();
    const following = (this.#following = new AbortController());
    let job = await start;
    if (following.signal.aborted) return null;
    this.job = job;
    try {
      await follow(
        () => api.job(job.id),
        (now) => {
          if (now.pictures > job.pictures) void this.#look(now.id, following.signal);
          this.job = job = now;
        },
        following.signal,
      );
    } finally {
      if (this.#following === following) this.job = this.picture = null;
    }
    if (following.signal.aborted) return null;
    const failure = failureOf(job);
    if (failure) throw failure;
    return job.state === 'done' ? job : null;
  }

  /** End it at its next step. */
  async stop(): Promise<void> {
    if (this.job) this.job = await api.stop(this.job.id);
  }

  /** Look no longer; the server goes on. */
  leave(): void {
    this.#following?.abort();
    this.#following = null;
    this.job = this.picture = null;
  }

  async #look(id: string, signal: AbortSignal): Promise<void> {
    const picture = await api.picture(id, signal).catch(() => null);
    if (picture?.length && !signal.aborted && this.job?.id === id) this.picture = picture;
  }
}
