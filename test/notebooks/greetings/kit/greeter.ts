/** A host on the network that greets whoever asks. */
import type { HostEnvironment, State, StateReader, VirtualHost } from 'virtbook/emulator';

interface Argument {
  greeting: string;
}

export function createHost({ http, httpPort, random, text }: HostEnvironment, argument: unknown): VirtualHost {
  const { greeting } = argument as Argument;
  const numbers = random('greeter');
  let visits = 0;
  return {
    names: ['greeter.example'],
    tcp: new Map([
      [
        httpPort,
        http(({ path }) => {
          if (path !== '/today') return text(404, 'Ask for /today.\n');
          visits++;
          return text(200, `GREETING ${greeting}, visitor ${visits}, your number is ${numbers.below(1000)}\n`);
        }),
      ],
    ]),
    memory: {
      saveState: (): State => ({ visits, numbers: numbers.saveState() }),
      restoreState(state: StateReader) {
        visits = state.integer('visits', 0, Number.MAX_SAFE_INTEGER);
        numbers.restoreState(state.record('numbers'));
      },
    },
  };
}
