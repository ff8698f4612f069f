/** What the game asks for: turn a meaning round unnoticed, or keep it unrecognised. */

export interface Task {
  readonly goal: 'flip' | 'keep';
  readonly text: string;
}

/** A changed text is as good as the same from here on, and a stranger below the other. */
export const UNNOTICED = 0.9;
export const UNRECOGNISED = 0.3;

export const TASKS: readonly Task[] = [
  { goal: 'flip', text: 'The medicine is safe for children.' },
  { goal: 'flip', text: 'She left before he arrived.' },
  { goal: 'flip', text: 'The bank owes the company 200 euros.' },
  { goal: 'keep', text: 'He died last night.' },
  { goal: 'keep', text: 'I am very tired.' },
  { goal: 'keep', text: 'The exam was easy.' },
];
