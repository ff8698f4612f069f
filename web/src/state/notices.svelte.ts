/** What the page tells once, with a way back where there is one. */

export interface Notice {
  readonly text: string;
  readonly undo?: { readonly label: string; readonly run: () => void };
}

export class Notices {
  now = $state.raw<Notice | null>(null);

  tell(text: string, undo?: Notice['undo']): void {
    this.now = { text, ...(undo && { undo }) };
  }

  clear(): void {
    this.now = null;
  }
}
