import type { ConsoleView, ConsoleViewFactory, Drawing } from 'virtbook/kernel';

/** Keeps the last greeting that the console showed. */
export class GreetingView implements ConsoleView {
  greeting: string | undefined;
  private line = '';

  text(text: string): void {
    const lines = (this.line + text).split('\n');
    this.line = lines.pop() ?? '';
    for (const line of lines) this.greeting = /GREETING (.*)/.exec(line)?.[1]?.trim() ?? this.greeting;
  }

  redraw(): Drawing | undefined {
    return undefined;
  }

  drawing(): Drawing | undefined {
    const { greeting } = this;
    return greeting === undefined ? undefined : () => ({ data: { 'text/plain': `Greeting: ${greeting}` } });
  }
}

export const greetingView: ConsoleViewFactory<GreetingView> = {
  name: 'greeting',
  nothingYet: { message: 'nobody has greeted yet', hint: 'Run the chapter with %run greetings.' },
  create: () => new GreetingView(),
};
