#!/usr/bin/env bash
# Makes sure that the servers which the tests need answer at their usual addresses: those that do not are installed from
# Debian's packages, if they are missing, and started. Needs root for that; people with Docker use
# `docker compose --profile engines up -d` instead.
set -euo pipefail

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

waits_for() {
  for _ in $(seq 120); do
    if answers "$2"; then return; fi
    sleep 0.5
  done
  echo "$1 does not answer on port $2 after a minute." >&2
  exit 1
}

needs() {
  local program=$1 package=$2
  if command -v "$program" >/dev/null; then return; fi
  echo "Installing $package." >&2
  if [ -z "${updated:-}" ]; then apt-get update -q >&2; fi
  updated=yes
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$package" >&2
}

PATH=$PATH:/usr/sbin

if ! answers 5432; then
  needs pg_ctlcluster postgresql
  pg_ctlcluster --skip-systemctl-redirect "$(ls /etc/postgresql | sort -n | tail -1)" main start || true
fi
if ! answers 6379; then
  needs redis-server redis-server
  redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save "" --appendonly no >/dev/null
fi
if ! answers 5672; then
  needs rabbitmq-server rabbitmq-server
  rabbitmq-server -detached 2>/dev/null
fi
if ! answers 4222; then
  needs nats-server nats-server
  nats-server -a 127.0.0.1 -p 4222 -js -sd "$(mktemp -d)" -l /dev/null &
  disown
fi
waits_for PostgreSQL 5432
waits_for Redis 6379
waits_for RabbitMQ 5672
waits_for NATS 4222
