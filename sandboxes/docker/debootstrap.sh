#!/bin/sh
# Makes a base image for the sandbox from a Debian mirror, for sites without an image registry (and CI).
#
#   sandboxes/docker/debootstrap.sh [NAME]     default name: rlvr-base
#
# then: rlvr sandbox build --base NAME. Needs root, debootstrap and a Docker engine; takes about 40 s.
# Does nothing when the image is there already.
#   MIRROR    a Debian mirror           (default http://deb.debian.org/debian)
#   SUITE     a Debian release          (default bookworm: Python 3.11)
#   PACKAGES  more Debian packages, separated by commas, such as python3-numpy,python3-pytest
set -eu

name=${1:-rlvr-base}
packages=python3-minimal,libpython3-stdlib${PACKAGES:+,$PACKAGES}

if docker image inspect "$name" >/dev/null 2>&1; then
    echo "$name is there already"
    exit 0
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include="$packages" "${SUITE:-bookworm}" "$root" \
    "${MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 || { tail -20 "$root.log" >&2; exit 1; }
rm -f "$root.log"
# None of this is of use to a sample.
rm -rf "$root"/usr/share/doc "$root"/usr/share/man "$root"/usr/share/locale "$root"/usr/share/info \
    "$root"/usr/lib/*/gconv "$root"/var/lib/apt/lists "$root"/var/cache/apt
tar -C "$root" -c . | docker import - "$name" >/dev/null
echo "made $name"
