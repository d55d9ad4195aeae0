/** What is used of JupyterLite's objects. Its packages are the front end's own: nothing of them is in this extension. */
import type { Message } from '../kernel/protocol/message.js';

/** A message as front ends have it: with its channel. */
export type ChannelMessage = Omit<Message, 'buffers'> & { channel: string; buffers?: (ArrayBuffer | ArrayBufferView)[] };

export interface KernelOptions {
  id: string;
  name: string;
  /** The folder of the notebook. */
  location: string;
  sendMessage(message: ChannelMessage): void;
}

/** A kernel as JupyterLite wants it. */
export interface LiteKernel {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly ready: Promise<void>;
  readonly isDisposed: boolean;
  readonly disposed: Signal<void>;
  handleMessage(message: ChannelMessage): Promise<void>;
  dispose(): void;
}

export interface Signal<Args> {
  connect(slot: (sender: unknown, args: Args) => void): void;
  disconnect(slot: (sender: unknown, args: Args) => void): void;
}

/** What `IKernelSpecs` stands for. */
export interface KernelSpecs {
  register(kernel: { spec: object; create(options: KernelOptions): Promise<LiteKernel> }): void;
}

/** What `IKernelClient` stands for. */
export interface KernelClient {
  interrupt(id: string): Promise<void>;
}

export interface Model {
  path: string;
  type: string;
  format: 'text' | 'base64' | 'json' | null;
  content: unknown;
}

/** The front end's files. */
export interface Contents {
  get(path: string, options?: { content?: boolean }): Promise<Model>;
  save(path: string, model: Partial<Model>): Promise<unknown>;
  delete(path: string): Promise<void>;
  readonly fileChanged: Signal<{ type: string; oldValue: Partial<Model> | null; newValue: Partial<Model> | null }>;
}

export interface Application {
  serviceManager: { contents: Contents };
  commands: { addCommand(id: string, options: { label: string; execute(): unknown }): unknown };
}

/** What `IMainMenu` stands for. */
export interface MainMenu {
  fileMenu: { addGroup(items: readonly { command: string }[], rank?: number): unknown };
}

/** Packages that the front end shares, by name and version (webpack's module federation). */
export type SharedPackages = Readonly<Record<string, Readonly<Record<string, { get(): Promise<() => unknown> }>> | undefined>>;

declare global {
  interface Window {
    /** Extensions that are loaded as they are, by their names. */
    _JUPYTERLAB?: Record<string, object>;
  }
}
