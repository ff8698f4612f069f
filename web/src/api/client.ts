/** Talks to the server. Every failure becomes one `Failure` with a problem and a remedy. */

import type {
  CompareRequest,
  Comparison,
  EncodersAnswer,
  ErrorAnswer,
  ReadAnswer,
  ReadRequest,
  ScaleAnswer,
  SizesAnswer,
  WhyAnswer,
  WhyRequest,
} from './types';

export class Failure extends Error {
  constructor(
    readonly problem: string,
    readonly remedy: string,
    readonly code: string,
    /** The field at fault, e.g. `texts.2`, where there is one. */
    readonly param: string | null = null,
  ) {
    super(`${problem} ${remedy}`);
    this.name = 'Failure';
  }

  /** Position among the texts that were sent, where the failure is about one of them. */
  get textIndex(): number | null {
    const match = /^texts[.[](\d+)/.exec(this.param ?? '');
    return match ? Number(match[1]) : null;
  }
}

export function toFailure({ error }: ErrorAnswer): Failure {
  return new Failure(error.problem, error.remedy, error.code ?? error.type, error.param);
}

/** Any error as a failure that can be told. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(
    'Something in the page went wrong.',
    `Load the page again. (${error instanceof Error ? error.message : String(error)})`,
    'page',
  );
}

export function compare(request: CompareRequest, signal?: AbortSignal): Promise<Comparison> {
  return post<Comparison>('api/compare', request, signal);
}

/** What each word of two texts does for their similarity. */
export function why(request: WhyRequest, signal?: AbortSignal): Promise<WhyAnswer> {
  return post<WhyAnswer>('api/why', request, signal);
}

/** How much of a text an encoder reads. */
export function howMuchIsRead(request: ReadRequest, signal?: AbortSignal): Promise<ReadAnswer> {
  return post<ReadAnswer>('api/read', request, signal);
}

/** The cosines of unrelated pairs for an encoder. */
export async function scale(encoder: string, signal?: AbortSignal): Promise<ScaleAnswer> {
  return read<ScaleAnswer>(
    await reach(`api/scale?encoder=${encodeURIComponent(encoder)}`, { signal }),
  );
}

/** How many true neighbours smaller vectors of an encoder still find. */
export async function sizes(encoder: string, signal?: AbortSignal): Promise<SizesAnswer> {
  return read<SizesAnswer>(
    await reach(`api/sizes?encoder=${encodeURIComponent(encoder)}`, { signal }),
  );
}

/** The encoders that this server offers. */
export async function encoders(signal?: AbortSignal): Promise<EncodersAnswer> {
  return read<EncodersAnswer>(await reach('api/encoders', { signal }));
}

/** Has the server load one more encoder, which takes minutes where its model must be fetched. */
export function openEncoder(name: string): Promise<EncodersAnswer> {
  return post<EncodersAnswer>('api/encoders/open', { name });
}

export async function post<A extends object>(
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<A> {
  const response = await reach(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  return read<A>(response);
}

/** Sends a file as it is; what is not known is not said. */
export async function send<A extends object>(
  path: string,
  asked: Readonly<Record<string, string | undefined>>,
  content: Blob,
): Promise<A> {
  const said = Object.entries(asked).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const response = await reach(`${path}?${new URLSearchParams(said).toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: content,
  });
  return read<A>(response);
}

export async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Failure(
      'The server does not answer.',
      'Check that “likewise play” is still running in its terminal, then try again.',
      'unreachable',
    );
  }
}

export async function read<A extends object>(response: Response): Promise<A> {
  const body = (await response.json().catch(() => null)) as A | ErrorAnswer | null;
  if (body !== null && response.ok) return body as A;
  if (body !== null && 'error' in body && body.error) throw toFailure(body as ErrorAnswer);
  throw new Failure(
    `The server answered ${response.status} without a reason.`,
    'Try again; the terminal where “likewise play” runs may say more.',
    `http_${response.status}`,
  );
}
