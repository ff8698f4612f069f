/** Lines that use the downloaded model elsewhere. */

import type { Kind } from '../api/types';

export function pythonLines(kind: Kind): string {
  const name = {
    classes: 'Classifier',
    numbers: 'Regressor',
    'multi-label': 'MultiLabelClassifier',
  }[kind];
  const last =
    kind !== 'numbers'
      ? 'print(model.predict(texts), model.predict_proba(texts))'
      : 'print(model.predict(texts))';
  return `from likewise import ${name}

model = ${name}.load("model.likewise")
texts = ["What a day!"]
${last}`;
}

export function cliLines(): string {
  return 'likewise predict model.likewise new.csv -o out.csv';
}
