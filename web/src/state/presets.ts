/** Eight sets of texts that each teach one thing; the lessons are about MiniLM. */

import type { Suggestion } from '../api/types';

export interface Preset {
  name: string;
  texts: readonly string[];
  lesson: string;
  /** Purpose of the encoder that would do better, one of those that the server suggests. */
  better?: Suggestion['purpose'];
}

export const PRESETS: readonly Preset[] = [
  {
    name: 'Paraphrase',
    texts: [
      'A plane crashed near the airport.',
      'The airport opened a new café.',
      'An aircraft came down close to the runway.',
      'He flew a paper plane at school.',
    ],
    lesson:
      'The paraphrase shares no noun with the first text, the others share its words. Meaning won, and that is what an embedding is for.',
  },
  {
    name: 'Double meanings',
    texts: [
      'The bat flew out of the cave at dusk.',
      'He swung the bat and missed the ball.',
      'A small mammal left its roost as night fell.',
      'She bought a new wooden bat for cricket.',
    ],
    lesson:
      'One word, two meanings. The encoder reads “bat” in the light of the cave and the dusk, so the text without the word is closest.',
  },
  {
    name: 'Negation',
    texts: [
      'The film was good.',
      'I enjoyed that movie a lot.',
      'The film was not good.',
      'The film was long.',
    ],
    lesson:
      'The opposite is closest. Both speak of a film and of how good it was, and that is most of what a vector holds: the subject, not the verdict.',
  },
  {
    name: 'Languages',
    better: 'multilingual',
    texts: [
      'The cat sleeps on the sofa.',
      'Le chat dort sur le canapé.',
      'Kissa nukkuu sohvalla.',
      'The dog barks at the postman.',
    ],
    lesson:
      'The same sentence in French and in Finnish is no closer than a stranger. MiniLM learnt from English; other languages need an encoder that learnt them.',
  },
  {
    name: 'Style',
    texts: [
      'We regret to inform you that your flight has been cancelled.',
      'We regret to inform you that your application was unsuccessful.',
      'sorry mate, ur flight’s off',
      'The weather is lovely today.',
    ],
    lesson:
      'What is said beats how it is said, but only just: half a polite phrase brings a letter about something else almost as close.',
  },
  {
    name: 'Length',
    texts: [
      'Coffee keeps me awake.',
      'Coffee',
      'When I drink coffee in the evening I lie awake for hours, and the next morning I am too tired to work, so I drink more coffee.',
      'Tea keeps me awake.',
    ],
    lesson:
      'One word and a small story are about equally close: every text gets 384 numbers, and its length leaves little trace. The other drink, in the same sentence, is closest of all.',
  },
  {
    name: 'Numbers',
    texts: [
      'The ticket costs 20 euros.',
      'The ticket costs 2,000 euros.',
      'You pay twenty euros for a ticket.',
      'Tickets are free.',
    ],
    lesson:
      'The right price in words is closest, but a price a hundred times as high follows close behind. Do not leave arithmetic to an embedding.',
  },
  {
    name: 'Typos',
    texts: [
      'I would like to book a table for two.',
      'i wuold liek to bok a tabel for tow',
      'I would like to book a flight for two.',
      'Could we reserve a seat at your restaurant for a couple?',
    ],
    lesson:
      'You can read the misspelt order at a glance. The encoder sees fragments that it hardly knows, and ranks the flight higher.',
  },
];
