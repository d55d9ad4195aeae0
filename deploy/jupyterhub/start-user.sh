#!/bin/sh
# Starts a user's server: start-user.sh PROGRAM ARGUMENTS. Runs as the user.
#
# What `virtbook grade prepare` has made in $VIRTBOOK_SHARED_CACHE (compiler, SDK, guest) is the same for all, and is linked into the user's own
# cache. What the user's kernels add is in the user's cache alone: nobody writes where others read.
set -eu
cache=${VIRTBOOK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtbook}
for part in toolchain sdk guest guest-objects initial-disks; do
  [ -d "${VIRTBOOK_SHARED_CACHE:-}/$part" ] || continue
  mkdir -p "$cache/$part"
  for entry in "$VIRTBOOK_SHARED_CACHE/$part"/*; do
    [ -e "$entry" ] || continue
    own=$cache/$part/${entry##*/}
    # A link whose target is gone is of an earlier version.
    if [ -L "$own" ] && [ ! -e "$own" ]; then rm "$own"; fi
    [ -e "$own" ] || ln -s "$entry" "$own"
  done
done
exec "$@"
