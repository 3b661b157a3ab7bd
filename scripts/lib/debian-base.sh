# Sourced. Makes a base image from Debian's packages, for machines that reach no registry of images.

DEBIAN_SUITE=bookworm
# What agents and the people who use them expect to find.
DEBIAN_PACKAGES=ca-certificates,curl,git,less,procps,ripgrep
DEBIAN_BASE="agent-sdk-base:debian-$DEBIAN_SUITE-$(printf '%s' "$DEBIAN_PACKAGES" | cksum | cut -d' ' -f1)"

as_root() { [ "$(id -u)" = 0 ] || die "$1 needs root"; }

# The mirror that this machine uses itself; empty for debootstrap's own.
debian_mirror() {
  { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null || true; } | grep -m1 '/debian/\?$' || true
}

install_debian_package() { # command, package
  command -v "$1" >/dev/null && return 0
  command -v apt-get >/dev/null || die "$1 is missing"
  as_root "installing $2"
  say "installing $2"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null 2>&1 || die "$2 could not be installed"
}

make_debian_base() {
  if docker image inspect "$DEBIAN_BASE" >/dev/null 2>&1; then return 0; fi
  as_root "making a base image from Debian's packages"
  install_debian_package debootstrap debootstrap
  local root; root="$(mktemp -d "${TMPDIR:-/tmp}/agent-sdk-debian-XXXXXX")"
  # shellcheck disable=SC2064 # now, not later
  trap "rm -rf '$root'" RETURN
  say "fetching Debian $DEBIAN_SUITE (half a minute on a quiet machine)"
  local log="$root.log" mirror; mirror="$(debian_mirror)"
  debootstrap --variant=minbase --include="$DEBIAN_PACKAGES" "$DEBIAN_SUITE" "$root/system" ${mirror:+"$mirror"} >"$log" 2>&1 \
    || { tail -5 "$log" >&2; rm -f "$log"; die "Debian's packages could not be fetched"; }
  rm -f "$log"
  # Devices would be refused by the import, and the rest is of no use in a sandbox.
  rm -rf "$root"/system/dev/* "$root"/system/var/cache/apt/* "$root"/system/var/lib/apt/lists/* "$root"/system/var/log/* "$root"/system/usr/share/{doc,man,info,locale}/*
  tar --numeric-owner -C "$root/system" -c . | docker import --message "Debian $DEBIAN_SUITE" - "$DEBIAN_BASE" >/dev/null
}
