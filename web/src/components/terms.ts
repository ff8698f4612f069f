/** Words that not everybody knows, each in a sentence or two. */

export const TERMS = {
  encoder:
    'The model that turns a text into numbers. Each gives numbers of its own; those of two encoders can’t be compared.',
  token:
    'What a model reads instead of words: whole words, and pieces of rarer ones. It puts a special token before and after each text, so even one word makes three. Click the count in a text’s box to see them.',
  special:
    'Marks that the encoder puts before and after each text. They become vectors like the tokens of the text, and count in the mean.',
  checksum:
    'SHA-256 is a checksum: it turns a text into 256 bits that look random, and any change to the text into others. It knows nothing of meaning.',
  variation:
    'How far apart the texts lie, as the sum of their squared distances. What is not left is missing from the picture: two texts may look closer there than they are.',
  byte: 'A checksum reads bytes: one for a letter, more for an accent or an emoji.',
  precision:
    'How exactly the model computes. bf16 keeps about three digits of each number, f32 seven; Likewise uses the quickest that gives the same similarities on this machine.',
  engine:
    'The program that computes the vectors: OpenVINO for neural networks, NumPy for tables of words, hashlib for checksums.',
  parity:
    'Before an encoder is used here, it is compared with the original model in full precision. This is the cosine between the two vectors: 1 if they are the same.',
  fingerprint:
    'A hash of the model’s weights, tokenizer and settings. Vectors with the same fingerprint can be compared, and no others.',
  unrelated:
    'Pairs of English sentences on different subjects, from 420 that were written for this page: how similar two texts are that have nothing to do with each other.',
  prefix:
    'Words that some models were trained to see before a text, such as “query:” before a question.',
  'micro-F1':
    'Precision and recall over all its answers in one figure: how many of the labels it gave were right, and how many of the true ones it gave.',
  'macro-F1':
    'Precision and recall of each label in one figure, then averaged so that rare labels count as much as frequent ones.',
  'log-loss':
    'How much probability it gave to the true label: 0 if it was always sure and right, large if it was sure and wrong.',
  'calibration error':
    'By how much its probabilities are off: 0 if it is right in 80 of 100 cases where it says 80 %.',
} as const;

export type TermName = keyof typeof TERMS;
