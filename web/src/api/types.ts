/** Names for the parts of the generated schema that the page uses. */

import type { components } from './schema';

type Schemas = components['schemas'];

export type Comparison = Schemas['CompareAnswer'];
export type ComparedText = Schemas['TextAnswer'];
export type CompareRequest = Schemas['CompareRequest'];
export type ErrorAnswer = Schemas['ErrorAnswer'];
export type ScaleAnswer = Schemas['ScaleAnswer'];
export type WhyAnswer = Schemas['WhyAnswer'];
export type WhyRequest = Schemas['WhyRequest'];
export type EncodersAnswer = Schemas['EncodersAnswer'];
export type ReadAnswer = Schemas['ReadAnswer'];
export type ReadRequest = Schemas['ReadRequest'];
