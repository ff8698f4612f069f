/** Names for the parts of the generated schema that the page uses. */

import type { components } from './schema';

type Schemas = components['schemas'];

export type Comparison = Schemas['CompareAnswer'];
export type ComparedText = Schemas['TextAnswer'];
export type CompareRequest = Schemas['CompareRequest'];
export type ErrorAnswer = Schemas['ErrorAnswer'];
export type ScaleAnswer = Schemas['ScaleAnswer'];
export type SizesAnswer = Schemas['SizesAnswer'];
export type WhyAnswer = Schemas['WhyAnswer'];
export type WhyRequest = Schemas['WhyRequest'];
export type EncodersAnswer = Schemas['EncodersAnswer'];
export type EncoderAnswer = Schemas['EncoderAnswer'];
export type Suggestion = Schemas['SuggestionAnswer'];
export type ReadAnswer = Schemas['ReadAnswer'];
export type ReadRequest = Schemas['ReadRequest'];

export type TextsAnswer = Schemas['TextsAnswer'];
export type TableAnswer = Schemas['TableAnswer'];
export type LookAnswer = Schemas['LookAnswer'];
export type ColumnsRequest = Schemas['ColumnsRequest'];
export type ChecksAnswer = Schemas['ChecksAnswer'];
export type TrainingAnswer = Schemas['TrainingAnswer'];
export type Results = NonNullable<TrainingAnswer['result']>;
export type ClassResults = Schemas['ClassResults'];
export type MultiLabelResults = Schemas['MultiLabelResults'];
export type LabelsPrediction = Schemas['LabelsAnswer'];
export type Rejection = Schemas['RejectionAnswer'];
export type NumberResults = Schemas['NumberResults'];
export type Leaderboard = Schemas['LeaderboardAnswer'];
export type LabelBoard = Schemas['LabelBoardAnswer'];
export type LearningCurve = Schemas['LearningCurve'];
export type ReliabilityBin = Schemas['ReliabilityBin'];
export type CellAnswer = Schemas['CellAnswer'];
export type ClassPrediction = Schemas['ClassAnswer'];
export type NumberPrediction = Schemas['NumberAnswer'];
export type PredictAnswer = Schemas['PredictAnswer'];
export type Predictions = PredictAnswer['predictions'];
export type ClassifiersAnswer = Schemas['ClassifiersAnswer'];
/** Whether labels are names or quantities. */
export type Kind = Results['kind'];
