/** What GDB's `monitor` command can be followed by: the commands that look, and some that do something to the machine. */
import type { DebugTarget } from '../target.js';
import { MonitorCommands, type MonitorCommand } from './commands.js';

export function gdbMonitor(target: DebugTarget): MonitorCommands {
  const command = (usage: string, help: string, action: () => void): MonitorCommand => ({
    usage,
    help,
    run() {
      action();
      return '';
    },
  });
  return new MonitorCommands(
    target.view,
    {
      // It would not hear of another choice.
      cpu: {
        usage: 'cpu',
        help: "GDB's own command 'thread' chooses the processor",
        run: () => "GDB's own command 'thread' chooses the processor\n",
      },
      quit: command('quit', 'end the machine', () => target.kill()),
      system_powerdown: command('system_powerdown', 'press the power button', () => target.powerDown()),
      system_reset: command('system_reset', 'restart the machine', () => target.reset()),
    },
    'monitor help',
  );
}
