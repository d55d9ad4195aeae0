/** Images that stay in their files: a machine needs their bytes at its power-on, and those of a large kernel are not kept for the next one. */
import type { BoardOptions, LinuxImages, LoaderImage } from '../board/options.js';

type Images = Pick<BoardOptions, 'loaders' | 'linux'>;
/** Opens a file, which may be deleted from then on, to be read as often as is wanted. */
type Open = (file: string) => () => Uint8Array;

const EMPTY = new Uint8Array(0);

/** The same options without bytes that a file has: for the way to the machine's thread. */
export function leftInFiles<T extends Images>(options: T): T {
  const { loaders, linux } = options;
  const files = linux?.files;
  return {
    ...options,
    loaders: loaders.map((image) => (image.file === undefined ? image : { ...image, bytes: EMPTY })),
    linux: linux && {
      ...linux,
      ...(files?.kernel !== undefined && { kernel: EMPTY }),
      ...(files?.initrd !== undefined && { initrd: EMPTY }),
    },
  };
}

/** Whether any bytes are in files. */
export const hasFiles = ({ loaders, linux }: Images): boolean =>
  loaders.some(({ file }) => file !== undefined) || linux?.files?.kernel !== undefined || linux?.files?.initrd !== undefined;

/** The same options, whose bytes are read from their files each time that they are needed. @throws Error when a file cannot be opened */
export function readFromFiles<T extends Images>(options: T, open: Open): T {
  return {
    ...options,
    loaders: options.loaders.map((image) => fromFile(image, open)),
    linux: options.linux && linuxFromFiles(options.linux, open),
  };
}

function fromFile(image: LoaderImage, open: Open): LoaderImage {
  if (image.file === undefined) return image;
  const read = open(image.file);
  return {
    ...image,
    get bytes() {
      return read();
    },
  };
}

function linuxFromFiles(linux: LinuxImages, open: Open): LinuxImages {
  const { files } = linux;
  const kernel = files?.kernel === undefined ? () => linux.kernel : open(files.kernel);
  const initrd = files?.initrd === undefined ? () => linux.initrd : open(files.initrd);
  return {
    ...linux,
    get kernel() {
      return kernel();
    },
    get initrd() {
      return initrd();
    },
  };
}
