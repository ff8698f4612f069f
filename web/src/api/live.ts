/**
 * Keeps a page in step with what is typed.
 *
 * A question is sent at once when nothing is in flight. While one is, only the newest waits:
 * the server never gets work that nobody will see. A flight that has lasted longer than
 * `patience` is aborted for the newer question. Answers are delivered in the order in which
 * they were asked, so an old one can never replace a newer one.
 */

interface Flight<Q> {
  question: Q;
  controller: AbortController;
  since: number;
}

export interface Listener<Q, A> {
  answered(question: Q, answer: A): void;
  failed(question: Q, error: unknown): void;
  busy(busy: boolean): void;
}

export class Live<Q, A> {
  #flight: Flight<Q> | null = null;
  #waiting: { question: Q } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly ask: (question: Q, signal: AbortSignal) => Promise<A>,
    readonly listener: Listener<Q, A>,
    readonly patience = 1000,
  ) {}

  send(question: Q): void {
    if (this.#flight === null) {
      void this.#fly(question);
      return;
    }
    this.#waiting = { question };
    if (this.#timer === undefined) {
      const left = this.patience - (performance.now() - this.#flight.since);
      this.#timer = setTimeout(() => this.#giveUp(), Math.max(0, left));
    }
  }

  /** Drops what is in flight and what waits, e.g. because there is nothing left to ask. */
  cancel(): void {
    this.#waiting = null;
    this.#land();
  }

  async #fly(question: Q): Promise<void> {
    const flight = { question, controller: new AbortController(), since: performance.now() };
    this.#flight = flight;
    this.listener.busy(true);
    try {
      const answer = await this.ask(question, flight.controller.signal);
      if (this.#flight === flight) this.listener.answered(question, answer);
    } catch (error) {
      const superseded = this.#waiting !== null || this.#flight !== flight;
      if (!superseded) this.listener.failed(question, error);
    }
    if (this.#flight === flight) this.#land();
  }

  #giveUp(): void {
    this.#timer = undefined;
    this.#land();
  }

  #land(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flight?.controller.abort();
    this.#flight = null;
    const next = this.#waiting;
    this.#waiting = null;
    if (next === null) this.listener.busy(false);
    else void this.#fly(next.question);
  }
}
