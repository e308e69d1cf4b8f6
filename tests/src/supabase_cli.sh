#!/bin/sh
# Stands in for the Supabase CLI, in front of the embedded stack of another project. What it says and how it ends is
# what CLI 3.1.0 was seen to say and do; where an older one differs, that is 2.122.1.
#
# Its folder holds what it goes by: `version`, `status.json`, `db_url`, `real` (the path of the real CLI), and, where they
# are there, `running`, `data`, `no_docker`, `no_artifacts`. What it was asked is written to `asked`.
here=$(dirname "$0")
echo "$*" >> "$here/asked"

fail() {
  printf '%s\n' "$@" 'Try rerunning the command with --debug to troubleshoot the error.' >&2
  exit 1
}

# $1: what it was about to do.
needs_docker() {
  [ ! -e "$here/no_docker" ] || fail "failed to $1: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
}

comes_up() {
  touch "$here/running" "$here/data"
}

# What is to be done with a database that has an address, the real one does.
hand_on() {
  real=$(cat "$here/real")
  exec "$real" "$@"
}

# The real one asks for Docker only where the port is that of the `config.toml` beside the migrations.
reset_database() {
  [ -e "$here/running" ] || fail "$1"
  rm -rf "$here/work"
  mkdir -p "$here/work/supabase"
  for file in migrations seed.sql; do
    ln -s "$PWD/supabase/$file" "$here/work/supabase/$file"
  done
  printf 'project_id = "x"\n[db]\nport = 1\nmajor_version = 17\n' > "$here/work/supabase/config.toml"
  hand_on db reset --yes --workdir "$here/work" "--remote=$(cat "$here/db_url")"
}

in_docker() {
  case "$*" in
    'start --workdir '*)
      needs_docker 'inspect container health'
      comes_up ;;
    'status --output json --workdir '*)
      needs_docker 'inspect container health'
      [ -e "$here/running" ] || fail 'failed to inspect container health: No such container: supabase_db_seedbed'
      echo 'Stopped services: [supabase_imgproxy_seedbed]' >&2
      cat "$here/status.json" ;;
    'stop --workdir '* | 'stop --no-backup --workdir '*)
      echo 'Stopping containers...'
      needs_docker 'list containers'
      rm -f "$here/running"
      [ "$2" != --no-backup ] || rm -f "$here/data" ;;
    'db reset --yes --workdir '*)
      needs_docker 'inspect service'
      reset_database 'supabase start is not running.' ;;
    *) hand_on "$@" ;;
  esac
}

without_docker() {
  case "$*" in
    'start --runtime native --workdir '*)
      [ ! -e "$here/no_artifacts" ] || fail 'aa03216a failed: Unable to prepare database artifact: Unable to download the slim-services archive: getaddrinfo ENOTFOUND github.com'
      comes_up ;;
    'status --output json --workdir '*)
      echo 'The legacy -o/--output flag is not supported here; use --output-format json.' >&2
      echo 'Use --output-format json, --output-format text, or --env.' >&2
      exit 1 ;;
    'status --env --output-format json --workdir '*)
      if [ ! -e "$here/running" ]; then
        echo '{"_tag":"Error","error":{"code":"ExperimentalStackStatusError","message":"No managed stack exists for the selected project.","suggestion":"Run supabase stack start first."}}'
        exit 1
      fi
      cat "$here/status.json" ;;
    'stop --workdir '*)
      rm -f "$here/running" ;;
    'stop --no-backup '*)
      fail 'Unrecognized flag: --no-backup in command supabase stop' ;;
    'stack destroy --yes --workdir '*)
      if [ ! -e "$here/data" ]; then
        echo 'No managed stack was found for this project.' >&2
        echo 'Choose an existing --stack name or --stack-id.' >&2
        exit 1
      fi
      rm -f "$here/running" "$here/data" ;;
    'db reset --yes --workdir '*)
      reset_database 'The local stack is not running.' ;;
    *) hand_on "$@" ;;
  esac
}

if [ "$1" = --version ]; then
  cat "$here/version"
elif [ "$SUPABASE_EXPERIMENTAL_STACK" = 1 ]; then
  without_docker "$@"
else
  in_docker "$@"
fi
