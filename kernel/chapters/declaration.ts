/** What chapter.json may say. The JSON Schema in notebooks/ is held against this table by a test. */
import { getNodeValue } from 'jsonc-parser';
import {
  anything,
  choice,
  dictionary,
  flag,
  integer,
  type JsonSchema,
  list,
  object,
  type ObjectOf,
  orFalse,
  required,
  schemaOf,
  text,
} from './shapes.js';

const path = (description: string, example: string) => text(description, { example, called: 'a path in the folder of the chapter' });

const HOST = object('A host on the network of the machine.', {
  module: required(path('The TypeScript or JavaScript file that exports createHost.', 'kit/server.ts')),
  argument: anything('What createHost is given, as JSON.', (node) => getNodeValue(node) as unknown),
});

const NETWORK = object('The network card, or false for none.', {
  mac: text('The hardware address of the card.', {
    example: '52:54:00:12:34:56',
    pattern: /^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$/,
    called: 'the hardware address of one card: six pairs of hexadecimal digits, the first pair even',
  }),
  hosts: list('Hosts that the machine can reach, besides those that every network has.', HOST),
});

const IMAGE = object('Where loader.img is put, and where the machine starts.', {
  address: required(
    text('A physical address in RAM, which begins at 0x40000000.', {
      example: '0x70000000',
      pattern: /^0x[0-9A-Fa-f]{1,16}$/,
      called: 'a hexadecimal address',
    }),
  ),
});

const MACHINE = object('What the machine is made of.', {
  ram: text('How much memory the machine has: a multiple of 2M, and 3G at most.', {
    example: '2G',
    pattern: /^[1-9][0-9]{0,6}[MG]$/,
    called: 'a size in M or G',
  }),
  processors: integer('How many processors the machine has.', { minimum: 1, maximum: 4 }),
  virtualization: flag('Whether the machine starts in EL2, where hypervisors run.'),
  image: IMAGE,
  network: orFalse(NETWORK),
});

const GUEST = object('The Linux that a program may embed.', {
  drivers: list(
    'Kernel modules that the guest loads, without .ko.',
    text('The name of a kernel module.', { example: 'virtio_net', pattern: /^[A-Za-z0-9_-]+$/, called: 'the name of a kernel module' }),
  ),
  init: required(path('The shell script that the guest runs as its first process.', 'guest/init')),
});

const NAME = { pattern: /^[a-z0-9][a-z0-9-]*$/, called: 'a name of small letters, digits and hyphens' };

const TASK = object('Something that readers are asked to do. Its files are in the folder tasks/NAME.', {
  name: required(text('What %check and %hint call it, and its folder in tasks/.', { example: 'echo', ...NAME })),
  title: required(text('The title, as %tasks shows it.', { example: 'Send back each key' })),
  asks: required(text('What the reader has to do, and how it shows that it is done.', { example: 'Send each key back twice.' })),
  system: text('The file name of the description that is built for the checks. The one of %build NAME unless given.', {
    example: 'hello.system',
  }),
  typescript: text('The TypeScript file that the reader writes; the checks call functions that it exports.', {
    example: 'decode.ts',
    pattern: /^[A-Za-z0-9_-]+\.ts$/,
    called: 'the file name of a TypeScript file',
  }),
  after: text('The task before, whose solution this one begins with.', { example: 'echo', ...NAME }),
  hints: required(
    dictionary('Hints by their names, in the order in which a reader gets them.', text('A hint.', { example: 'Look at init.' }), NAME),
  ),
  mistakes: dictionary(
    'Wrong solutions in tasks/NAME/mistakes, each with the name of the hint that it must get.',
    text('The name of a hint.', { example: 'acknowledge', ...NAME }),
    NAME,
  ),
  points: dictionary(
    'Points for the task where it is graded, by the marks that its checks count for.',
    integer('Points.', { minimum: 0, maximum: 1000 }),
    NAME,
  ),
});

const ASSIGNMENT = object('How the chapter is handed out and graded.', {
  notebook: path('The source notebook of what is handed out. The notebook of the chapter unless given.', 'graded/hello.ipynb'),
  built: path('The folder where the notebooks of `virtbook chapter build` are kept; `virtbook chapter check` compares them.', 'graded'),
  foreign: choice('What happens to a hand-in that has its own version of one of your files.', ['ignore', 'refuse']),
});

export const DECLARATION = object('A chapter of virtbook.', {
  $schema: text('The JSON Schema of this file, for editors.', { example: '../chapter.schema.json' }),
  title: text('The title, as lists of chapters show it.', { example: 'Part 1: hello' }),
  order: integer('Where the chapter stands among others; the lowest comes first.', { minimum: 0, maximum: 1_000_000 }),
  start: flag('Whether `virtbook start` runs this chapter when no name is given. Without one of these, it runs the first chapter.'),
  notebook: path('The notebook. NAME.ipynb unless given, if there is one.', 'hello.ipynb'),
  system: text('The system description that %build takes when the reader has written none.', { example: 'hello.system' }),
  sources: list('Folders with sources, searched in this order after the folder of the reader.', path('A folder.', 'sources')),
  uses: list(
    'Chapters that this one builds on, usually without a notebook: it has their sources after its own, their kits, and the modules of their hosts.',
    text('The name of a chapter: one beside this chapter, or any that can be found.', {
      example: 'games',
      pattern: /^[^/\\]+$/,
      called: 'the name of a chapter',
    }),
  ),
  programs: dictionary(
    'Which source files make a program image. An image that is not here is made of the C file of its name.',
    list(
      'Source files, in the order in which they are linked.',
      text('A file.', { example: 'start.S', pattern: /\.(c|S|cpp|cc|cxx|rs)$/, called: 'a source file (.c, .S, .cpp or .rs)' }),
    ),
    { pattern: /^[^/\\]+\.elf$/, called: 'the file name of a program image, such as hello.elf' },
  ),
  machine: MACHINE,
  guest: GUEST,
  kit: path('The TypeScript or JavaScript module that this chapter adds to virtbook.', 'kit/index.ts'),
  magics: list(
    'The names of the magics in the kit, without percent signs.',
    text('The name of a magic.', { example: 'play', pattern: /^[a-z][a-z0-9_]*$/, called: 'the name of a magic' }),
  ),
  tasks: list('What readers are asked to do, in order.', TASK),
  assignment: ASSIGNMENT,
});

export type Declaration = ObjectOf<typeof DECLARATION.keys>;

/** The JSON Schema of chapter.json. */
export function declarationSchema(): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'chapter.json', ...schemaOf(DECLARATION) };
}
