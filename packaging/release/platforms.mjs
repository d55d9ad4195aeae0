import { existsSync } from 'node:fs';

// The platforms that wheels are for: those of Node's wheels. `tag` is the one that pip compares with the machine.
export const PLATFORMS = [
  { name: 'linux-x64', tag: 'manylinux_2_28_x86_64', os: 'linux', arch: 'x64', libc: 'glibc' },
  { name: 'linux-arm64', tag: 'manylinux_2_28_aarch64', os: 'linux', arch: 'arm64', libc: 'glibc' },
  { name: 'linux-musl-x64', tag: 'musllinux_1_2_x86_64', os: 'linux', arch: 'x64', libc: 'musl' },
  { name: 'linux-musl-arm64', tag: 'musllinux_1_2_aarch64', os: 'linux', arch: 'arm64', libc: 'musl' },
  { name: 'darwin-x64', tag: 'macosx_13_0_x86_64', os: 'darwin', arch: 'x64', libc: 'libc' },
  { name: 'darwin-arm64', tag: 'macosx_13_0_arm64', os: 'darwin', arch: 'arm64', libc: 'libc' },
  { name: 'win32-x64', tag: 'win_amd64', os: 'win32', arch: 'x64', libc: 'msvc' },
  { name: 'win32-arm64', tag: 'win_arm64', os: 'win32', arch: 'arm64', libc: 'msvc' },
];

/** The platform of this computer. @throws Error where no wheel is for it */
export function hostPlatform() {
  const { platform: os, arch } = process;
  const libc = { linux: existsSync('/etc/alpine-release') ? 'musl' : 'glibc', darwin: 'libc', win32: 'msvc' }[os];
  const found = PLATFORMS.find((each) => each.os === os && each.arch === arch && each.libc === libc);
  if (!found) throw new Error(`no wheel is for ${os} on ${arch}`);
  return found;
}
