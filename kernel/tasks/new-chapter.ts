/** The files of a new chapter that boots at once and has one task: `virtbook chapter new`. */

const NOTEBOOK_METADATA = {
  kernelspec: { display_name: 'virtbook', language: 'typescript', name: 'virtbook' },
  language_info: { name: 'typescript' },
};

/** By their paths in the folder of the chapter. */
export function newChapter(name: string): Record<string, string> {
  return {
    'chapter.json': declaration(name),
    [`${name}.ipynb`]: notebook(name),
    [`sources/${name}.system`]: SYSTEM,
    'sources/asker.c': ASKER,
    'tasks/double/skeleton/teller.c': teller('(void)question;\n    return 0;'),
    'tasks/double/solution/teller.c.edit': doubleOf('return 2 * question;'),
    'tasks/double/mistakes/square/teller.c.edit': doubleOf('return question * question;'),
    'tasks/double/mistakes/plus-21/teller.c.edit': doubleOf('return question + 21;'),
    'tasks/double/checks.ts': CHECKS,
  };
}

const declaration = (name: string): string =>
  `${JSON.stringify(
    {
      title: `${name}: a question and an answer`,
      system: `${name}.system`,
      sources: ['sources', 'tasks/double/skeleton'],
      tasks: [
        {
          name: 'double',
          title: 'Answer with twice the number',
          asks: 'The asker calls the teller with 21 and 4. Let the teller answer each number with twice that number.',
          hints: {
            answer: 'The function double_of of teller.c decides what the answer is.',
            every: 'The answer is right for one number only. Try your formula with 21 and with 4, on paper.',
          },
          mistakes: { square: 'answer', 'plus-21': 'every' },
          points: { double: 2 },
        },
      ],
    },
    undefined,
    2,
  )}\n`;

const SYSTEM = `<?xml version="1.0" encoding="UTF-8"?>
<system>
    <protection_domain name="teller" priority="120">
        <program_image path="teller.elf" />
    </protection_domain>
    <protection_domain name="asker" priority="110">
        <program_image path="asker.elf" />
    </protection_domain>
    <channel>
        <end pd="teller" id="1" />
        <end pd="asker" id="2" pp="true" />
    </channel>
</system>
`;

const ASKER = `#include <stdint.h>
#include <microkit.h>

#define TELLER_CHANNEL 2

/* The answers, for whoever looks into this program. */
uint64_t answers[2];

static uint64_t ask(uint64_t question)
{
    microkit_mr_set(0, question);
    microkit_ppcall(TELLER_CHANNEL, microkit_msginfo_new(0, 1));
    return microkit_mr_get(0);
}

void init(void)
{
    answers[0] = ask(21);
    answers[1] = ask(4);
    microkit_dbg_puts("ASKER: thank you\\n");
}

void notified(microkit_channel channel)
{
    (void)channel;
}
`;

const doubleOf = (body: string): string => `static uint64_t double_of(uint64_t question)
{
    ${body}
}
`;

const teller = (body: string): string => `#include <stdint.h>
#include <microkit.h>

${doubleOf(body)}
void init(void)
{
}

void notified(microkit_channel channel)
{
    (void)channel;
}

microkit_msginfo protected(microkit_channel channel, microkit_msginfo message)
{
    (void)channel;
    (void)message;
    microkit_mr_set(0, double_of(microkit_mr_get(0)));
    return microkit_msginfo_new(0, 1);
}
`;

const CHECKS = `import { type Check, type CheckedMachine, expect } from 'virtbook/tasks';

/** The variable of the asker: two numbers of 8 bytes. */
async function answers(machine: CheckedMachine): Promise<number[]> {
  const { bytes } = await machine.symbol('asker', 'answers');
  return [...new BigUint64Array(bytes.slice().buffer)].map(Number);
}

export const checks: Check[] = [
  {
    name: 'both calls are answered, and 21 with 42',
    hint: 'answer',
    async check(machine) {
      // What happened between the domains, since power-on.
      const events = await machine.events();
      expect(events).never({ kind: 'fault' });
      expect(events).times(2, { kind: 'call', domain: 'asker', to: 'teller', channel: 2 });
      expect(events).each({ kind: 'call', domain: 'asker' }).isFollowedBy({ kind: 'reply', domain: 'teller' }, { within: '1ms' });
      expect((await answers(machine))[0], 'the answer to 21').is(42);
    },
  },
  {
    name: 'other numbers are doubled, too',
    hint: 'every',
    async check(machine) {
      expect((await answers(machine))[1], 'the answer to 4').is(8);
    },
  },
];
`;

function notebook(name: string): string {
  const markdown = (id: string, source: string) => ({ cell_type: 'markdown', id, metadata: {}, source });
  const code = (id: string, source: string, ...tags: string[]) => ({
    cell_type: 'code',
    execution_count: null,
    id,
    metadata: tags.length > 0 ? { tags } : {},
    outputs: [],
    source,
  });
  const cells = [
    markdown(
      'title',
      `# ${name}: a question and an answer\n\nA system of two protection domains. The asker calls the teller, and the teller answers.`,
    ),
    code('build-and-run', `%build ${name}\n%run ${name} --seed 1 --until "thank you"`),
    markdown(
      'task',
      '## Your turn\n\nThe teller answers nothing yet. Change `double_of`, and let `%check` see what the machine does then.',
    ),
    code('tasks', '%tasks'),
    code('teller', `%%file teller.c\n${teller('(void)question;\n    return 0;')}`.trimEnd(), 'task-double'),
    markdown('help', '`%hint double` helps, and `%solve double` shows a solution.'),
    // It fails until the reader has done something.
    code('check', '%check double', 'raises-exception'),
  ];
  return `${JSON.stringify({ cells, metadata: NOTEBOOK_METADATA, nbformat: 4, nbformat_minor: 5 }, undefined, 1)}\n`;
}
