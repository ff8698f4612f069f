/** What the server says about tables, trainings and predictions. */

export type Kind = 'classes' | 'numbers';

export interface Table {
  id: string;
  name: string;
  columns: string[];
  rows: number;
  sample: (string | null)[][];
  /** Guessed column of the texts. */
  text: string | null;
  /** Guessed column of the labels. */
  label: string | null;
  /** Columns whose values are all numbers. */
  numeric: string[];
  notes: string[];
}

export interface Checks {
  texts: number;
  labels: { label: string; count: number }[];
  findings: { kind: string; message: string; rows: number[] }[];
  notes: string[];
}

export interface ClassRung {
  name: string;
  accuracy: number;
  macro_f1: number;
  log_loss: number;
  calibration_error: number;
  /** Accuracy minus that of the chosen model: the bounds of its 95 % interval. */
  interval: number[];
}

export interface Ladder {
  design: string;
  texts: number;
  chosen: string;
  winner: string;
  rungs: ClassRung[];
}

export interface ReliabilityBin {
  count: number;
  confidence: number;
  accuracy: number;
}

export interface LearningCurve {
  points: { texts: number; accuracy: number; low: number; high: number }[];
  advice: string;
}

export interface Suspect {
  row: number;
  text: string;
  given: string;
  suggested: string;
  probability: number;
}

export interface ConfusedPair {
  true: string;
  called: string;
  times: number;
  example: string;
}

export interface SetCoverage {
  coverage: number;
  /** Mean number of labels in the set. */
  size: number;
  /** Share of sets with exactly one label. */
  single: number;
}

export interface PerClass {
  label: string;
  texts: number;
  precision: number;
  recall: number;
  f1: number;
}

interface Common {
  model: string;
  encoder: string;
  texts: number;
  fingerprint: string;
}

export interface ClassesResult extends Common {
  kind: 'classes';
  classes: string[];
  ladder: Ladder | null;
  /** True down, called across. */
  confusion: number[][];
  per_class: PerClass[];
  reliability: ReliabilityBin[];
  curve: LearningCurve | null;
  suspects: Suspect[];
  confused: ConfusedPair[];
  coverage: SetCoverage[];
}

export interface NumberRung {
  name: string;
  rmse: number;
  mae: number;
  r2: number;
  pearson: number;
}

export interface NumbersResult extends Common {
  kind: 'numbers';
  rungs: NumberRung[];
  coverage: { coverage: number; width: number }[];
  residuals: { true: number; predicted: number }[];
  worst: { text: string; true: number; predicted: number }[];
}

export type Result = ClassesResult | NumbersResult;

export interface Training {
  id: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  what: string;
  done: number;
  /** 0 where it is not known. */
  total: number;
  seconds: number;
  error: { problem: string; remedy: string } | null;
  result: Result | null;
}

export interface CellTexts {
  texts: { text: string; probability: number }[];
}

export interface ClassPrediction {
  label: string;
  probability: number;
  probabilities: { label: string; probability: number }[];
  set: string[];
  /** Whether the text is like those that the model was trained on. */
  fits: boolean;
  /** The nearest label words: no training. */
  demo: { label: string; similarities: { label: string; similarity: number }[] } | null;
}

export interface NumberPrediction {
  number: number;
  /** null where the promise allows any number. */
  low: number | null;
  high: number | null;
}

export interface Predictions<P> {
  predictions: P[];
}
