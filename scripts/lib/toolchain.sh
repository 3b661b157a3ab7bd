# Sourced by the scripts beside it. Puts a recent Node and the pinned pnpm on the PATH and installs the workspace.
# Needs git, npm and any Node 20 or newer. Installs nothing outside the clone: tools go to .tools/.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
TOOLS="$ROOT/.tools"
# Caches and state of npm, pnpm and turbo stay in the clone, too.
export npm_config_cache="$TOOLS/npm-cache" npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
export TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1
# One store for everybody who works in this clone: with another one pnpm would put all of node_modules down again.
export pnpm_config_store_dir="$TOOLS/pnpm-store"
PNPM_VERSION=12.21.0
NODE_VERSION=24.21.0

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a step of the set-up that no other start of this clone may run at the same time. The lock is a link to its holder's process id.
alone() {
  local lock="$TOOLS/set-up.lock" holder="" told=""
  mkdir -p "$TOOLS"
  until ln -s "$$" "$lock" 2>/dev/null; do
    holder="$(readlink "$lock" || true)"
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -f "$lock"; continue; fi
    [ -n "$told" ] || say "waiting for the process $holder, which sets up this clone"
    told=yes; sleep 0.2
  done
  trap 'rm -f "$TOOLS/set-up.lock"' EXIT
  "$@"
  trap - EXIT
  rm -f "$lock"
}

# True when the given node can run TypeScript sources and the tools of this repository.
node_is_recent() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 24 || (a === 24 && b >= 11) || (a === 22 && b >= 18) ? 0 : 1)' 2>/dev/null
}

node_platform_package() {
  node -e '
    const cpu = { x64: "x64", arm64: "arm64" }[process.arch];
    const os = { linux: "linux", darwin: "darwin" }[process.platform];
    if (!cpu || !os) process.exit(1);
    console.log(`node-${os}-${cpu}`);
  '
}

npm_install_tool() { # folder, package spec
  local staging="$1.part.$$"
  rm -rf "$staging" && mkdir -p "$staging"
  npm install --prefix "$staging" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "$2" >&2 \
    || { rm -rf "$staging"; die "npm could not install $2; is the npm registry reachable?"; }
  # Another start of the same script may have been faster; its result is as good.
  if [ -e "$1" ]; then rm -rf "$staging"; else mv "$staging" "$1"; fi
}

# The one that an earlier start fetched. Found without starting a Node, because every start of one costs 40 ms and more.
fetched_node() {
  local program
  for program in "$TOOLS"/node/node_modules/node-*/bin/node; do
    [ -x "$program" ] && { dirname "$program"; return; }
  done
  return 1
}

fetch_node() {
  if fetched_node >/dev/null; then return 0; fi
  local package; package="$(node_platform_package)" || die "there is no Node package for this platform; install Node $NODE_VERSION"
  say "this machine has Node $(node --version); fetching Node $NODE_VERSION into .tools/"
  rm -rf "$TOOLS/node"; mkdir -p "$TOOLS"
  npm_install_tool "$TOOLS/node" "$package@$NODE_VERSION"
  node_is_recent "$(fetched_node)/node" || die "the fetched Node does not run; remove .tools/ and try again"
}

use_node() {
  if ! fetched_node >/dev/null; then
    command -v node >/dev/null || die "Node 20 or newer and npm are needed; see https://nodejs.org"
    command -v npm >/dev/null || die "npm is needed; it comes with Node, see https://nodejs.org"
    node_is_recent node || alone fetch_node
  fi
  local folder
  if folder="$(fetched_node)"; then PATH="$folder:$PATH"; fi
  export PATH
}

use_pnpm() {
  local folder="$TOOLS/pnpm-$PNPM_VERSION"
  if ! [ -x "$folder/bin/pnpm" ]; then
    say "fetching pnpm $PNPM_VERSION into .tools/"
    mkdir -p "$TOOLS"
    npm_install_tool "$folder" "pnpm@$PNPM_VERSION"
    mkdir -p "$folder/bin"
    # The package's own commands need its install script to have run; its native program does not.
    local program; program="$(ls -d "$folder"/node_modules/@pnpm/exe.*/pnpm 2>/dev/null | head -1)"
    [ -x "$program" ] || die "there is no pnpm for this platform"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$program" > "$folder/bin/pnpm.$$"
    chmod +x "$folder/bin/pnpm.$$" && mv "$folder/bin/pnpm.$$" "$folder/bin/pnpm"
  fi
  PATH="$folder/bin:$ROOT/node_modules/.bin:$PATH"
  export PATH
}

INSTALLED="$ROOT/node_modules/.agent-sdk-installed"
BUILT="$ROOT/node_modules/.agent-sdk-built"

# A stamp per step: a second start of the same clone does nothing twice. Both fingerprints come from one start of Node.
fingerprints() {
  [ -n "${INSTALL_NOW:-}" ] || read -r INSTALL_NOW BUILD_NOW < <(node "$ROOT/scripts/lib/fingerprint.mjs" install build)
  [ -n "${BUILD_NOW:-}" ] || die "the state of the clone could not be read"
}

is_stamped() { # stamp, fingerprint
  local found=""
  [ -f "$1" ] && read -r found < "$1"
  [ "$found" = "$2" ]
}

install_workspace() {
  fingerprints
  is_stamped "$INSTALLED" "$INSTALL_NOW" || alone install_now
}

install_now() {
  if is_stamped "$INSTALLED" "$INSTALL_NOW"; then return 0; fi
  use_pnpm
  say "installing the workspace's dependencies (380 MB the first time)"
  (
    cd "$ROOT" || exit 1
    export XDG_CACHE_HOME="$TOOLS/xdg/cache" XDG_DATA_HOME="$TOOLS/xdg/data" XDG_STATE_HOME="$TOOLS/xdg/state" XDG_CONFIG_HOME="$TOOLS/xdg/config"
    pnpm install --frozen-lockfile --reporter=append-only >&2
  ) || die "the dependencies could not be installed; is the npm registry reachable?"
  printf '%s\n' "$INSTALL_NOW" > "$INSTALLED"
}

build_workspace() {
  fingerprints
  is_built || alone build_now
}

is_built() { [ -f "$ROOT/apps/server/dist/main.js" ] && is_stamped "$BUILT" "$BUILD_NOW"; }

build_now() {
  if is_built; then return 0; fi
  use_pnpm
  say "building"
  (cd "$ROOT" && XDG_CONFIG_HOME="$TOOLS/xdg/config" turbo run build --output-logs=errors-only >&2) || die "the build failed"
  printf '%s\n' "$BUILD_NOW" > "$BUILT"
}

# Ends this script and goes on as Node, with the settings of .env. What is already in the environment wins over them.
exec_node() {
  if [ -f "$ROOT/.env" ]; then exec node "--env-file=$ROOT/.env" "$@"; fi
  exec node "$@"
}
