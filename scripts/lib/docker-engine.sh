# Sourced, after toolchain.sh. A Docker engine for tests: the one that answers, or one of this run alone, without a trace outside its own directory.

ENGINE_DIR="" ENGINE_PID=""

engine_answers() { command -v docker >/dev/null && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Starts an engine unless one answers, and says by DOCKER_HOST where it is. Fails with a sentence where there can be none.
start_engine() {
  if engine_answers; then return 0; fi
  [ "$(id -u)" = 0 ] || { say "no Docker engine answers, and only root can start one"; return 1; }
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    command -v apt-get >/dev/null || { say "no Docker engine answers, and this system has no apt-get to install one with"; return 1; }
    say "installing Docker"
    # iptables is what it makes networks with; Debian only recommends it.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iptables; } >/dev/null 2>&1 \
      || { say "Docker could not be installed"; return 1; }
  fi
  ENGINE_DIR="$(mktemp -d "${TMPDIR:-/tmp}/agent-sdk-engine-XXXXXX")"
  say "starting a Docker engine"
  dockerd --data-root "$ENGINE_DIR/data" --exec-root "$ENGINE_DIR/exec" --pidfile "$ENGINE_DIR/pid" --host "unix://$ENGINE_DIR/docker.sock" \
    >"$ENGINE_DIR/log" 2>&1 </dev/null &
  ENGINE_PID=$!
  export DOCKER_HOST="unix://$ENGINE_DIR/docker.sock"
  local attempt
  for attempt in $(seq 300); do
    if engine_answers; then return 0; fi
    kill -0 "$ENGINE_PID" 2>/dev/null || break
    sleep 0.2
  done
  say "the Docker engine did not start: $(grep -v level=info "$ENGINE_DIR/log" | tail -3)"
  stop_engine
  unset DOCKER_HOST
  return 1
}

# Ends the engine that start_engine started, with all that it holds.
stop_engine() {
  [ -n "$ENGINE_PID" ] || return 0
  local left
  left="$(docker ps --all --quiet 2>/dev/null || true)"
  # shellcheck disable=SC2086 # one word each
  [ -z "$left" ] || docker rm --force --volumes $left >/dev/null 2>&1 || true
  kill "$ENGINE_PID" 2>/dev/null || true
  wait "$ENGINE_PID" 2>/dev/null || true
  # What it mounted goes with it; a directory that is still in use would not.
  grep -o " $ENGINE_DIR/[^ ]*" /proc/self/mounts | sort -r | xargs --no-run-if-empty umount --lazy 2>/dev/null || true
  rm -rf "$ENGINE_DIR"
  ENGINE_PID=""
}
