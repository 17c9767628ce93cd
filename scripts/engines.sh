#!/usr/bin/env bash
# Makes sure that what the tests need is there: servers that answer at their usual addresses, Python's clients of them, and
# a browser.
# What is missing is installed from Debian's packages and started, which needs root; a server that answers is left as it is.
# People with Docker use `docker compose up -d --wait postgres redis rabbitmq nats` instead.
set -euo pipefail

PATH=$PATH:/usr/sbin
data=${ENGINES_DATA:-/var/tmp/hookwell-engines}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

waits_for() {
  for _ in $(seq 120); do
    if answers "$2"; then return; fi
    sleep 0.5
  done
  echo "$1 does not answer on port $2 after a minute." >&2
  exit 1
}

installs() {
  echo "Installing $*." >&2
  if [ -z "${updated:-}" ]; then apt-get update -q >&2; fi
  updated=yes
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" >&2
}

needs() { command -v "$1" >/dev/null || installs "$2"; }

# In a cluster of its own, whose user needs no password from this machine: one that Debian or somebody else made stays as
# it is.
starts_postgres() {
  if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    installs postgresql-common
    # Else the package makes a cluster of its own, and starts it at our port.
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    installs postgresql
  fi
  local version
  version=$(ls /usr/lib/postgresql | sort -n | tail -1)
  if [ ! -d "/etc/postgresql/$version/hookwell" ]; then
    pg_createcluster "$version" hookwell --port 5432 -- --auth trust --encoding UTF8 --locale C >&2
  fi
  pg_ctlcluster --skip-systemctl-redirect "$version" hookwell start
}

# Tests start some of their own, so those that the packages have started are not needed.
has_poolers() {
  command -v pgbouncer >/dev/null || { installs pgbouncer && stops pgbouncer; }
  command -v pgpool >/dev/null || { installs pgpool2 && stops pgpool2; }
}

stops() { service "$1" stop >&2 || true; }

# The database of the tests, in a server that lets them in.
has_database() { psql -qAt -h 127.0.0.1 -U postgres -w -d test -c "select" >/dev/null 2>&1; }

starts_redis() {
  needs redis-server redis-server
  redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --dir "$data" --save "" --appendonly no >/dev/null
}

starts_rabbitmq() {
  needs rabbitmq-server rabbitmq-server
  rabbitmq-server -detached 2>/dev/null
}

starts_nats() {
  needs nats-server nats-server
  nats-server -a 127.0.0.1 -p 4222 -js -sd "$data/nats" -l "$data/nats.log" &
  disown
}

mkdir -p "$data"
answers 5432 || starts_postgres
answers 6379 || starts_redis
answers 5672 || starts_rabbitmq
answers 4222 || starts_nats
waits_for PostgreSQL 5432
waits_for Redis 6379
waits_for RabbitMQ 5672
waits_for NATS 4222

if command -v psql >/dev/null && ! has_database; then
  createdb -h 127.0.0.1 -U postgres -w test || {
    echo "PostgreSQL at 127.0.0.1:5432 does not let the user postgres into a database test without a password. Let it in," >&2
    echo "or put the URL of another database, which may be filled, into PG_URL." >&2
    exit 1
  }
fi

needs chromium chromium
has_poolers

for client in pika psycopg2 redis; do
  /usr/bin/python3 -c "import $client" 2>/dev/null || installs "python3-$client"
done
