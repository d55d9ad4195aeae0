import { buildMagic } from './build.js';
import { checkMagic } from './check.js';
import { chapterMagic } from './chapter.js';
import { expectMagic, statusMagic, stopMagic } from './console.js';
import { editMagic } from './edit.js';
import { fileMagic } from './files.js';
import { gdbMagic } from './gdb.js';
import { helpMagic, lsmagicMagic } from './help.js';
import { profileMagic } from './profile.js';
import { Registry } from '../kit/registry.js';
import { inspectDomainMagic } from './inspect-domain.js';
import { logMagic } from './log.js';
import type { Session } from '../session/session.js';
import { runMagic } from './run.js';
import { sendMagic } from './send.js';
import { cdMagic, envMagic, sdkMagic, seedMagic } from './settings.js';
import { showMagic } from './show.js';
import { restoreMagic, snapshotMagic } from './snapshot.js';
import { statsMagic } from './stats.js';
import { systemMagic } from './system.js';
import { hintMagic, resetMagic, solveMagic, tasksMagic } from './tasks.js';
import { traceMagic } from './trace.js';

/** The magics of the house, in the order in which a reader meets them. */
export function createRegistry(session: Session): Registry {
  return new Registry([
    systemMagic,
    fileMagic,
    editMagic,
    buildMagic,
    runMagic,
    sendMagic,
    expectMagic,
    logMagic,
    showMagic(session),
    inspectDomainMagic,
    statusMagic,
    statsMagic,
    profileMagic,
    traceMagic,
    snapshotMagic,
    restoreMagic,
    gdbMagic,
    stopMagic,
    chapterMagic,
    tasksMagic,
    checkMagic,
    hintMagic,
    solveMagic,
    resetMagic,
    seedMagic,
    sdkMagic,
    cdMagic,
    envMagic,
    lsmagicMagic,
    helpMagic,
  ]);
}
