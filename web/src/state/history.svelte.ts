/** Undo and redo over immutable states. */

/** Changes with one key that follow each other within this many milliseconds are one step. */
const TOGETHER = 1000;
const MOST_STEPS = 200;

export class History<S> {
  #past = $state.raw<readonly S[]>([]);
  #future = $state.raw<readonly S[]>([]);
  #last: { key: string; at: number } | null = null;

  readonly canUndo = $derived(this.#past.length > 0);
  readonly canRedo = $derived(this.#future.length > 0);

  /** Remembers the state before a change; `key` names what is changed, '' stands alone. */
  record(before: S, key = '', at = performance.now()): void {
    const same = key !== '' && this.#last?.key === key && at - this.#last.at < TOGETHER;
    this.#last = { key, at };
    this.#future = [];
    if (!same) this.#past = [...this.#past, before].slice(-MOST_STEPS);
  }

  undo(now: S): S {
    return this.#step(now, 'undo');
  }

  redo(now: S): S {
    return this.#step(now, 'redo');
  }

  #step(now: S, way: 'undo' | 'redo'): S {
    const [from, to] = way === 'undo' ? [this.#past, this.#future] : [this.#future, this.#past];
    const found = from.at(-1);
    if (found === undefined) return now;
    const [left, grown] = [from.slice(0, -1), [...to, now]];
    [this.#past, this.#future] = way === 'undo' ? [left, grown] : [grown, left];
    this.#last = null;
    return found;
  }
}
